-- PostgreSQL gathers fewer statistics from here on; this engine gathers none of itself.

SELECT 1;

//! Taking over the accounts of another application: everybody keeps their id and their password ([`passwords`]), a file of accounts is
//! judged row by row ([`files`]), and what was exported can be imported again ([`round_trip`]).

mod files;
mod passwords;
mod round_trip;

const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

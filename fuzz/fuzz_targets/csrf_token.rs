#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    keyturn_fuzz_bodies::csrf_token::run(input);
});

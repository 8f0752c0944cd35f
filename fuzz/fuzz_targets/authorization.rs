#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    keyturn_fuzz_bodies::authorization::run(input);
});

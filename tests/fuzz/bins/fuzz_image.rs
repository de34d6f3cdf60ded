#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segql_fuzz::targets::image(data));

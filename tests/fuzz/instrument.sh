#!/usr/bin/env bash
# Stands before rustc: compiles SegQL with the counters that libFuzzer is led by, everything else as ever. With
# SEGQL_FUZZ_ALL all crates get them. Comparisons aren't traced: that takes half the time, and the dictionary has the words.
# These flags are of the stable compiler; a sanitizer would need another.
counters=(
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
)
case " $* " in
*" --crate-name segql "*) exec "$@" "${counters[@]}" ;;
*" --crate-name build_script_build "* | *" --crate-type proc-macro "*) exec "$@" ;;
*" --crate-name "*) exec "$@" ${SEGQL_FUZZ_ALL:+"${counters[@]}"} ;;
*) exec "$@" ;;
esac

# One word does what CI does.

check: fmt lint test doc

fmt:
    cargo fmt --check

lint:
    cargo clippy --profile ci --all-targets -- -D warnings
    cargo clippy --profile ci --no-default-features -- -D warnings

test:
    cargo test --profile ci

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --profile ci --no-deps

# Rewrites the goldens; the diff is what a reviewer reads.
bless:
    UPDATE_GOLDEN=1 cargo test --profile ci --test it -- golden tutorial

# Measures SegQL beside its peers and prints the table of the README.
bench:
    cargo build --release
    python3 benches/peers/run.py

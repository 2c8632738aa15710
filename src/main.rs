//! The command.

fn main() -> std::process::ExitCode {
    monthend::cli::main()
}

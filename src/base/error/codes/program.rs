//! 09: faults of the program.

codes! {
    901 PANIC: Bug, "The program has failed",
        "Something has happened that it takes for impossible.",
        "Report it, with the message, the command and, if you may, its inputs. Nothing is published that \
         was not whole.";
    902 IMPOSSIBLE: Bug, "An invariant of the program is broken",
        "A step found what an earlier one rules out.",
        "Keep the inputs and report it, with the message and the command.";
}

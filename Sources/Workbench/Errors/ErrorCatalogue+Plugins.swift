import Kernel

// What is found wrong with methods, metrics and readers of others.

extension ErrorCatalogue {
  static let plugins: [ErrorPage] = [
    ErrorPage(
      .noCompiler, "there is no Swift compiler for a plugin",
      meaning: """
        A Swift plugin is compiled when it is first loaded, by the same version of the compiler \
        that built Basin, and against Basin's own modules; one of these was not found.
        """,
      remedy: """
        Put the Swift toolchain's `bin` into PATH, or name the compiler in BASIN_SWIFTC. A Python \
        plugin needs no compiler.
        """,
      .otherwise("`plugin load my_matcher.swift` where no `swiftc` is in PATH")),
    ErrorPage(
      .pluginDoesNotCompile, "a plugin does not compile",
      meaning: "The compiler found mistakes in the plugin's own text; each is shown with its line.",
      remedy: "Correct the file and load it again.",
      .otherwise("a mistake in a plugin's Swift file")),
    ErrorPage(
      .pluginOfAnotherBuild, "a plugin was compiled against another build",
      meaning: """
        Basin's functions are compiled into a plugin, so a plugin runs only in the build that it \
        was compiled against. The stamps of both are shown.
        """,
      remedy: "Load its source instead, which compiles it anew: `plugin load my_matcher.swift`.",
      .otherwise("a compiled plugin is loaded after Basin was built from other sources")),
    ErrorPage(
      .pluginMisbehaved, "a plugin gives what it must not",
      meaning: """
        What a plugin said or gave breaks the contract: no permutation, another number of them, a \
        message that is none, a card with mistakes. Nothing of it was used.
        """,
      remedy:
        "`plugin check NAME` runs every check on it; Documentation/contract.md says what holds.",
      .otherwise("a plugin's program prints something that is no message")),
    ErrorPage(
      .pluginEnded, "a plugin's program ended or had to be ended",
      meaning: """
        The program crashed, told an error of its own, was silent for too long, went on after it \
        was asked to stop, or took more memory than it may. The session is as it was before the command.
        """,
      remedy: """
        Read the last lines that it wrote, which are shown; `plugin load FILE patience=10min \
        memory=8GB` gives it more.
        """,
      .otherwise("a plugin's program crashes during a search")),
  ]
}

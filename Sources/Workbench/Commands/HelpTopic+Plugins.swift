extension HelpTopic {
  static let plugins = HelpTopic(
    word: "plugins", summary: "methods, metrics and readers of others: one file each",
    text: [
      "A plugin is one file. `plugin new my_matcher` writes a method in Swift that works, "
        + "`language=python` one in Python, each with a script that tries it; `plugin load` takes it "
        + "in, and from then on it stands in `search`, `compare`, `help` and completion. After a "
        + "change load it again.",
      "A Swift file is compiled by the Swift compiler in PATH (or BASIN_SWIFTC) into this program, as "
        + "fast as what is built in, and a crash in it ends the program. It ends with `let plugin = "
        + "Plugin(methods: […], metrics: […], readers: […])`. A Swift package is loaded by its "
        + "folder: a static library with `public let plugin`.",
      "A Python file, or any program, runs beside this one and cannot harm it: what crashes, hangs or "
        + "takes too much memory is an error of that line. `patience=` and `memory=` are its limits. "
        + "BASIN_PYTHON names the interpreter, which needs numpy.",
      "`plugin check my_matcher` runs the checks that every built-in method passes and shows what "
        + "fails where. Saved sessions name each plugin with its hash, and a replay says which one is "
        + "another now.",
      "At the prompt the plugins in ~/.config/basin/plugins and in the folders of BASIN_PLUGINS are "
        + "there from the beginning; a script loads what it uses, so that it runs the same for "
        + "everybody.",
      "A metric stands in `eval NETS… data=… metric=ID`, in `curve` and in `barrier`; the number is "
        + "the part of that name, as in `(eval a data=test metric=brier).brier`, and `plot … "
        + "metric=ID` draws it. Its barrier is its largest rise over the line between the ends, as "
        + "that of the loss; where more is better, the largest fall.",
      "A reader is taken by `load FILE` for the endings that it names, where the first bytes of the "
        + "file are of no format that is known here, and by `load FILE reader=ID` in any case.",
    ], seeAlso: ["plugin", "search", "compare", "eval", "load"])
}

extension HelpTopic {
  static let plugins = HelpTopic(
    word: "plugins", summary: "methods, metrics and readers of your own",
    text: [
      "A plugin is a file that brings methods for `search`, metrics beside loss and error, and "
        + "readers for files of data that `load` does not know.",
      "A metric stands in `eval NETS… data=… metric=ID`, in `curve` and in `barrier`; the number is "
        + "the part of that name, as in `(eval a data=test metric=brier).brier`, and `plot … "
        + "metric=ID` draws it. Its barrier is its largest rise over the line between the ends, as "
        + "that of the loss; where more is better, the largest fall.",
      "A reader is taken by `load FILE` for the endings that it names, where the first bytes of the "
        + "file are of no format that is known here, and by `load FILE reader=ID` in any case.",
      "Saved sessions keep the versions of what took part, `help` lists what is loaded, and `help "
        + "ID` has a page on each.",
    ], seeAlso: ["search", "eval", "load"])
}

import Contract
import Kernel

extension Command {
  /// Runs a saved session again and compares it with its receipts.
  static let replay = Command(
    "replay", .sessions, "runs a saved session again and compares it with its receipts",
    details: """
      Runs the lines in a session of their own, with the seed that the file states, and compares \
      each value with the receipt `#= …` that follows its line: by value, never by printed text. \
      An input that is another file than then is named before anything runs. What the lines write \
      goes to a folder that is deleted afterwards: the files of the session stay as they are. Ends \
      with exit code 1 where something differs. The numeric level that the file states is taken \
      where the processor has it; on another one, what is not the same to the last bit is compared \
      by the tolerance of its metric, and the report says so.
      """,
    positional: [Parameter("file", .path, help: "the session, as `save session` wrote it")],
    keywords: [
      Parameter(
        "inputs", .word(["run", "check"]), default: "run",
        help: "`check` only compares the input files and runs nothing"),
      Parameter(
        "twice", .yesNo, default: "no",
        help: "run everything twice, to find what is not deterministic"),
      Parameter(
        "threads", .value([.list, .integer]), isOptional: true,
        help: "run under each of these numbers of threads, and compare"),
      Parameter(
        "from", .integer(1...Int.max), isOptional: true, unit: "line",
        help: "compare from this line on; the lines before it run all the same"),
      Parameter(
        "until", .integer(1...Int.max), isOptional: true, unit: "line",
        help: "run up to this line"),
      Parameter(
        "only", .words, isOptional: true,
        help: "compare only these names or lines, [t, 26], and run only what they depend on"),
      Parameter(
        "level", .word(["recorded", "here"]), default: "recorded",
        help: "the numeric level: as the file states, or as it is here"),
      Parameter("update", .yesNo, default: "no", help: "write the receipts anew"),
      .format,
    ],
    results: .nothing, reads: ["file"], stepName: "line", isRecorded: false,
    examples: [
      "replay tuesday.basin", "replay tuesday.basin twice=yes threads=[1, 2]",
      "replay tuesday.basin only=[e]",
    ],
    examplePreparation: Examples.session, seeAlso: ["run", "check", "save"]
  ) { call throws(Failure) in
    let session = call.session
    var options = Replay.Options()
    options.checksInputsOnly = call.text("inputs") == "check"
    options.runsTwice = call.flag("twice")
    options.threads = try threads(call)
    options.from = call.integerIfGiven("from")
    options.until = call.integerIfGiven("until")
    options.updates = call.flag("update")
    options.only = call.value("only")?.content.words ?? []
    options.takesRecordedLevel = call.text("level") == "recorded"
    var settings = session.settings
    // What a script computes may not depend on how its caller likes to see things.
    settings.defaults = [:]
    let source = try Source(readingFileAt: call.text("file"))
    var report = ReplayReport()
    let stopped: Diagnostic?
    func show() {
      session.host.show(.text(call.format == .json ? report.json.compact : report.text))
    }
    do throws(Diagnostic) {
      var replay = try Replay(
        source, options, host: session.host, lexicon: session.lexicon, settings: settings,
        deadline: session.deadline)
      defer { report = replay.report }
      try replay.run()
      stopped = replay.stopped
    } catch {
      if !report.lines.isEmpty { show() }
      call.report.diagnostic = error
      throw error.failure
    }
    show()
    if let stopped {
      call.report.diagnostic = stopped
      throw stopped.failure
    }
    guard report.isSame else {
      throw Failure(
        .replayDiffers, "the replay gave other values than the receipts say",
        notes: [report.summary])
    }
    return []
  }

  private static func threads(_ call: Invocation) throws(Failure) -> [Int] {
    guard let content = call.value("threads")?.content else { return [] }
    var values = [content]
    if case .list(let list) = content { values = list.map(\.content) }
    return try values.map { value throws(Failure) in
      guard case .integer(let count) = value, (1...1024).contains(count) else {
        throw Failure(.outOfRange, "threads= takes numbers from 1 to 1024; got \(value.brief)")
      }
      return count
    }
  }
}

import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Texts with mistakes that nobody thought of: the parser, the checker and the readers of receipts
/// and journals must say what is wrong and never crash or hang.
///
/// A few thousand cases in `make test`, and as long as BASIN_FUZZ_SECONDS says in `make fuzz`. The
/// same cases in the same order each time; `make fuzz` goes on from them.
@Suite(.serialized) struct FuzzTests {
  private static let seconds = ProcessInfo.processInfo.environment["BASIN_FUZZ_SECONDS"]
    .flatMap { Double($0) }
  private static let cases = 3_000

  /// Texts to start from: every script and every example of help.
  private static let corpus: [[UInt8]] = {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var texts = CommandTable.all.flatMap { command in
      command.examples.map { (command.examplePreparation + [$0]).joined(separator: "\n") }
    }
    for folder in ["sessions", "examples", "Tests/Scripts"] {
      let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      for name in (files?.allObjects as? [String] ?? []).sorted() where name.hasSuffix(".basin") {
        let file = root.appending(path: "\(folder)/\(name)")
        if let text = try? String(contentsOf: file, encoding: .utf8) { texts.append(text) }
      }
    }
    return texts.map { Array($0.utf8) }
  }()

  private static let journal = """
    {"basin":"0.1","format":1,"level":"x","seed":"7","threads":2,"at":"2026"}
    {"entry":1,"status":"running","text":"a, b = train mlp","at":""}
    {"entry":1,"call":"ab12:1","turn":0,"seconds":1.5,"share":0.5,"reason":"stopped","files":[["x","00"]],"networks":"n.safetensors","state":"s","contents":[{"kind":"network","value":0},{"kind":"table","value":{"columns":[{"name":"x","kind":"real"}],"rows":[[1.5],["nan"]],"notes":[],"baseline":[],"partial":false}},{"kind":"result","value":{"seconds":1.0,"steps":3,"trace":[[1,0.5,0.25]],"notes":[],"figures":[],"finished":"done","permutations":[[[0,1]],[[1,0]]]}},{"kind":"curve","value":{"alphas":[0.0,0.5,1.0],"scores":[[1.0,2,3],[1.0,2,3],[1.0,2,3]],"data":"d"}}]}
    {"entry":1,"status":"done","calls":1,"seconds":1.5,"values":[{"name":"a","kind":"network","sha256":"00"}]}
    {"entry":2,"status":"failed","calls":0,"seconds":0.5,"error":501,"message":"m","notes":["n"]}
    {"closed":"2026"}
    """

  /// What is put in, beside single bytes: the words and signs that mean something.
  private static let pieces: [[UInt8]] =
    ([
      "{", "}", "[", "]", "(", ")", "\"", "'", "|>", "=", "==", ",", ";", "\n", "#= ", "#@ ", "#",
      "..",
      "_", "_7", "-", "for i in ", "expect ", "expect fails ", "param x = ", "sweep ", "row ",
      "1e999",
      "99999999999999999999", "50k", "5%", "\\", "\u{0}", "é", "🦊", " ", "\t", "\r\n", "null", "{}",
      "1e-320", "a.b[1]", "a.h5:/g", "!#", "##", "yes", "\"{", "}\"", " in ", " within ",
    ] + CommandTable.all.map { $0.verb + " " }).map { Array($0.utf8) }

  private func mutated(_ text: [UInt8], _ stream: inout RandomStream) -> [UInt8] {
    var text = text
    for _ in 0...stream.nextInt(below: 4) {
      let place = stream.nextInt(below: text.count + 1)
      switch stream.nextInt(below: 6) {
      case 0:
        let piece = Self.pieces[stream.nextInt(below: Self.pieces.count)]
        text.insert(contentsOf: piece, at: place)
      case 1 where !text.isEmpty:
        let end = min(text.count, place + 1 + stream.nextInt(below: 12))
        text.removeSubrange(min(place, end)..<end)
      case 2 where place < text.count: text[place] = UInt8(stream.nextInt(below: 256))
      case 3: text = Array(text[..<place])
      case 4 where !text.isEmpty:
        let start = stream.nextInt(below: text.count)
        let end = min(text.count, start + stream.nextInt(below: 40))
        text.insert(contentsOf: text[start..<end], at: place)
      default:
        // The same sign very often: what is nested deeply, or repeated.
        let piece = Self.pieces[stream.nextInt(below: Self.pieces.count)]
        let count = 1 << stream.nextInt(below: 9)
        text.insert(contentsOf: (0..<count).flatMap { _ in piece }, at: place)
      }
    }
    return text
  }

  /// Runs a body on mutated texts; it names what is wrong with one, and none may take a second.
  private func fuzz(
    _ name: String, _ corpus: [[UInt8]], _ body: ([UInt8]) throws -> String?
  ) rethrows {
    var stream = RandomStream(seed: 1, name: name)
    let clock = ContinuousClock()
    let begin = clock.now
    var count = 0
    while count < Self.cases
      || Self.seconds.map({ begin.duration(to: clock.now) < .seconds($0) }) == true
    {
      count += 1
      let text = mutated(corpus[stream.nextInt(below: corpus.count)], &stream)
      // Processor time: what the neighbours do is no fault of the text.
      let start = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
      let complaint = try body(text)
      let seconds = Double(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / 1e9
      if let complaint {
        Issue.record(
          "\(name) case \(count): \(complaint)\n\(String(decoding: text, as: UTF8.self))")
        return
      }
      if seconds > 1 {
        Issue.record(
          "\(name) case \(count) took \(seconds) s:\n\(String(decoding: text, as: UTF8.self))")
        return
      }
    }
    if Self.seconds != nil { print("\(name): \(count) cases") }
  }

  /// What is parsed without a complaint says the same when it is written in its one form, and that
  /// form is its own.
  @Test func theParserAndTheCheckerAnswerToEverything() throws {
    fuzz("parser", Self.corpus) { text in
      let source = Source(name: "fuzz", bytes: text)
      let session = Session(host: CommandHost(), lexicon: .standard)
      let checked = session.check(source)
      for diagnostic in checked.diagnostics { _ = diagnostic.rendered() }
      guard Parser.parse(source, vocabulary: Lexicon.standard).diagnostics.isEmpty else {
        return nil
      }
      let once = checked.script.statements.map(\.canonical).joined(separator: "\n")
      let again = Parser.parse(Source(name: "again", text: once), vocabulary: Lexicon.standard)
      guard again.diagnostics.isEmpty else {
        return "its canonical form is refused: \(again.diagnostics[0].failure)\n\(once)"
      }
      let twice = again.script.statements.map(\.canonical).joined(separator: "\n")
      return once == twice ? nil : "its canonical form has another one:\n\(once)\n---\n\(twice)"
    }
  }

  @Test func receiptsAndPinsAreReadOrRefused() {
    fuzz("receipts", Self.corpus) { text in
      for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
        let comment = Comment(text: String(line.dropFirst(2)), span: Span(0, 0))
        _ = try? Receipt.parse([comment, comment])
        _ = SessionPin(comment)
      }
      return nil
    }
  }

  @Test func journalsAreReadOrPassedOver() {
    fuzz("journal", [Array(Self.journal.utf8)]) { text in
      guard let history = try? JournalHistory(text) else { return nil }
      let reader = KeptReader(networks: []) { _ throws(Failure) in throw JSON.notKept }
      for call in history.entries.flatMap(\.calls) {
        for json in call.contents { _ = try? reader.content(json) }
      }
      return nil
    }
  }
}

private func nanoseconds(_ clock: clockid_t) -> Int {
  var time = timespec()
  clock_gettime(clock, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

import Foundation
import Testing

@testable import Workbench

/// The parser takes any bytes: it ends, within its limits, and its errors can be shown.
@Suite struct LanguageFuzzTests {
  /// SplitMix64 (Steele, Lea and Flood 2014), so that a failing seed can be tried again.
  struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static let seedText = """
    #!/usr/bin/env basin
    ## Does annealing keep up?
    param steps = 20k in 1..1M "moves {steps}"
    train, test = load fashion_mnist
    #= data 60000 | sha256:51d0 | exact
    methods = [(method sa2 data=train steps=steps), fd, weight_match]
    t = sweep width in [32, 128], m in methods budget=30min {
      a, b = train mlp width=width data=train epochs=5 count=2
      row barrier=(barrier a b data=test).error accuracy=-x.y[1] ^ 2
    }
    where t (barrier < 5%) |> sort time
      |> export nets/a.h5:/x
    expect (max (t[-1].a)) < 5% within 1e-3 "wide {t} 'x' \\n"
    expect fails E0401 { load nets/no_such_file.h5 }
    for x in 1..3 { s = 'verbatim' ; y = not a and b or _7 ~= _ }
    é = “x”
    """

  private static let pieces = [
    "(", ")", "[", "]", "{", "}", "\"", "'", "|>", "..", "=", "==", ",", ";", "\n", "#", "#=", " ",
    "-", "not ", "for x in ", "expect ", "fails ", "param x = ", "load ", "/", "\\", "\u{0}", "é",
    "1e", "5%", "_9", "\r\n", "\t",
  ].map { Array($0.utf8) }

  private func mutated(_ seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(state: seed)
    var bytes = Array(Self.seedText.utf8)
    if seed % 4 == 0 {
      // A short text made of pieces alone reaches deeper into the grammar than a long one.
      bytes = []
    }
    for _ in 0..<Int.random(in: 1...40, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where place < bytes.count:
        bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
      case 1 where place < bytes.count:
        bytes.removeSubrange(
          place..<min(bytes.count, place + Int.random(in: 1...9, using: &generator)))
      case 2 where !bytes.isEmpty:
        let lower = Int.random(in: 0..<bytes.count, using: &generator)
        let piece = bytes[lower..<min(bytes.count, lower + 30)]
        bytes.insert(contentsOf: piece, at: place)
      case 3 where seed % 8 == 1: bytes.removeSubrange(place...)
      default:
        let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
        bytes.insert(contentsOf: piece, at: place)
      }
    }
    return bytes
  }

  @Test(arguments: 0..<8)
  func takesAnyBytes(part: Int) {
    for seed in UInt64(part * 1000)..<UInt64(part * 1000 + 1000) {
      let source = Source(name: "fuzz.basin", bytes: mutated(seed))
      let parsed = Parser.parse(source, vocabulary: LanguageTestVocabulary())
      #expect(parsed.diagnostics.count <= Parser.mostErrors, "seed \(seed)")
      for diagnostic in parsed.diagnostics {
        #expect(diagnostic.rendered().hasPrefix("error[E0"), "seed \(seed)")
        #expect((diagnostic.span?.upper ?? 0) <= source.bytes.count, "seed \(seed)")
      }
      let canonical = parsed.script.canonical
      let again = Parser.parse(.typed(canonical), vocabulary: LanguageTestVocabulary())
      #expect(again.shown == canonical, "seed \(seed)")
    }
  }

  @Test func takesWhatEndsAnywhere() {
    let bytes = Array(Self.seedText.utf8)
    for end in 0...bytes.count {
      let source = Source(name: "fuzz.basin", bytes: Array(bytes[..<end]))
      _ = Parser.parse(source, vocabulary: LanguageTestVocabulary())
    }
  }

  @Test(arguments: [
    "(", "[", "-", "not ", "{", "x[", "f (", "\"{", "a = sweep {", "2 ^ ", "load [", "for x in y {",
  ])
  func refusesBottomlessNesting(opening: String) {
    for count in [Parser.deepest + 1, 20_000] {
      let parsed = Parsed.typed("x = " + String(repeating: opening, count: count))
      #expect(!parsed.diagnostics.isEmpty)
    }
  }

  @Test(arguments: [" + 1", ".a", "[1]", " and b", "..1"])
  func refusesTreesTooHighToWalk(link: String) throws {
    let parsed = Parsed.typed("x = a" + String(repeating: link, count: 100_000))
    #expect(!parsed.diagnostics.isEmpty)
    let fits = Parsed.typed("x = a" + String(repeating: " + 1", count: Parser.deepest - 1))
    #expect(fits.diagnostics.isEmpty)
  }

  @Test func heightAddsUpThroughBlocks() {
    let part = String(repeating: " + 1", count: 60)
    var text = "x"
    for _ in 0..<5 { text = "(sweep a in [1] { x = \(text)\(part) })" }
    #expect(Parsed.typed("y = \(text)").diagnostics.first?.failure.code == .nestedTooDeep)
  }

  @Test func stopsAfterManyErrors() {
    let parsed = Parsed.typed(String(repeating: "x = )\n", count: 5000))
    #expect(parsed.diagnostics.count == Parser.mostErrors)
  }
}

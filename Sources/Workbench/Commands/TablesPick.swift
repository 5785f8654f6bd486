import Contract
import Kernel

extension Command {
  /// The value that goes with a word.
  static let pick = Command(
    "pick", .tables, "the value that goes with a word, out of several",
    details: """
      `pick size tiny=200 full=50k` is 200 where `size` is the word tiny, and 50k where it is full: \
      a script with a parameter `size` runs in seconds or in earnest. All values are worked out, \
      and one is taken.
      """,
    positional: [
      Parameter("word", .value([.symbol, .text]), help: "which of the names to take")
    ],
    extraKeywords: .any(Parameter("value", .any, help: "the value for this word")),
    results: .unknown, examples: ["epochs = pick \"tiny\" tiny=2 full=10"],
    seeAlso: ["files", "run"], role: .plain
  ) { call throws(Failure) in
    let word = call.text("word")
    guard let value = call.extra.first(where: { $0.name == word })?.value else {
      let names = call.extra.map(\.name)
      throw Failure(
        .badChoice, "there is no value for `\(word)` here",
        notes: [
          names.isEmpty
            ? "as in `pick size tiny=200 full=50k`" : "there are \(names.joined(separator: " "))"
        ])
    }
    return [value.content]
  }
}

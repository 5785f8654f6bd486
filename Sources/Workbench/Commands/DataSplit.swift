import Contract
import Kernel

extension Command {
  /// Divides data in two at random.
  static let split = Command(
    "split", .files, "divide data in two at random",
    details: """
      The first value has the given share of the samples, the second the rest. Both keep the \
      normalization of the whole.
      """,
    positional: [Parameter("data", .value([.data]), help: "the data to divide")],
    keywords: [
      Parameter("share", .real(0...1), default: "80%", help: "the share of the first part"), .seed,
    ],
    results: .kinds([.data, .data]), drawsRandomNumbers: true,
    examples: ["part, rest = split train share=90%"],
    examplePreparation: ["train, test = make blobs samples=200"],
    seeAlso: ["make", "load"]
  ) { call throws(Failure) in
    let data = call.data()
    let count = Int((Double(data.count) * call.real("share")).rounded())
    var stream = call.random
    let order = stream.nextOrder(count: data.count)
    let (chosen, rest) = try data.split(Array(order[..<count]).sorted())
    return [.data(chosen), .data(rest)]
  }
}

import Contract
import Kernel

extension Command {
  /// Draws a classification problem from a seed.
  static let make = Command(
    "make", .files, "draw a small problem from a seed: data for training and for testing",
    details: """
      blobs are normal clouds, one for each class. spirals are arms of a spiral in a plane. \
      teacher labels normal inputs by a random network. `noise` is the deviation of the samples, \
      and for teacher the share of labels drawn anew; by default 0.5, 0.1 and 0. sphere gives \
      inputs of length √dimension, whose labels mean nothing: what Theorem 3.1 looks at, with \
      networks of one output.
      """,
    positional: [
      Parameter(
        "problem", .word(MadeProblem.Rule.allCases.map(\.rawValue)),
        help: "which rule labels the samples")
    ],
    keywords: [
      Parameter(
        "classes", .integer(1...256), isOptional: true,
        help: "how many classes; otherwise 3, and 1 for sphere"),
      Parameter(
        "samples", .integer(2...100_000_000), default: "1000", unit: "samples",
        help: "how many samples to train on"),
      Parameter(
        "test_samples", .integer(1...100_000_000), isOptional: true, unit: "samples",
        help: "how many samples to test on; otherwise a quarter of `samples`"),
      Parameter(
        "dimension", .integer(1...1_000_000), default: "2", help: "how many numbers a sample has"),
      Parameter("noise", .real(0...100), isOptional: true, help: "how much is left to chance"),
      .seed,
    ],
    results: .kinds([.data, .data]),
    precheck: { call throws(Failure) in
      if call.integer("classes") == 1, let rule = call.texts["problem"], rule != "sphere" {
        throw Failure(
          .outOfRange, "`classes` must be an int in 2..256; got 1",
          notes: ["at least 2, except for `make sphere`"])
      }
      if let rule = call.texts["problem"] { try refuseNoise(rule, call.given) }
    }, drawsRandomNumbers: true,
    examples: [
      "train, test = make blobs classes=4 samples=400 dimension=5",
      "train, test = make spirals noise=0.05 seed=3",
      "inputs, more = make sphere dimension=3 samples=200",
    ],
    seeAlso: ["load", "peek", "split"]
  ) { call throws(Failure) in
    guard let rule = MadeProblem.Rule(rawValue: call.text("problem")) else {
      preconditionFailure("the table of `make` names a rule that there is not")
    }
    try refuseNoise(rule.rawValue, call.given)
    var problem = MadeProblem(rule)
    if let classes = call.integerIfGiven("classes") { problem.classCount = classes }
    problem.sampleCount = call.integer("samples")
    problem.testCount =
      call.integerIfGiven("test_samples") ?? max(1, problem.sampleCount / 4)
    problem.dimension = call.integer("dimension")
    if let noise = call.realIfGiven("noise") { problem.noise = noise }
    let (train, test) = try problem.draw(
      from: call.random, pool: call.pool, stop: call.stop)
    return [.data(train), .data(test)]
  }

  /// The labels of inputs on a sphere mean nothing, so nothing of them can be left to chance.
  private static func refuseNoise(_ rule: String, _ given: Set<String>) throws(Failure) {
    guard rule == MadeProblem.Rule.sphere.rawValue, given.contains("noise") else { return }
    throw Failure(
      .incompatible,
      "`make sphere` has no noise: its inputs lie on the sphere, its labels mean nothing",
      notes: ["leave `noise=` out"])
  }
}

import Contract
import Kernel

extension Command {
  /// Searches for permutations that remove a barrier, by any method.
  static let search = Command(
    "search", .search, "look for permutations that remove the barrier, by any method",
    details: """
      Network 1 stays as it is and the others move, unless the method learns weights, as `subspace` \
      does. Every method gives the same kind of result: \
      `.networks` as the search leaves them, `.permutations`, `.average`, `.cost`, `.trace`, \
      `.status`, `.time`. Before anything is measured with them, permuted networks are checked to \
      compute the same function as before. Ctrl-C or `budget=` keeps the best so far, and `resume` \
      goes on. With `checkpoint=FILE` the state is kept in a file every few seconds, and the same \
      command goes on from it after a crash, or where Ctrl-C or `--budget` ended a script. `.time` \
      counts what finding the start took, be it by a method or by the search whose result is given; \
      that alone is `start seconds` in `show`. `recalibrate=` puts the average of a search that came \
      to its end right, as the command of that name does, over `calibrate=` or else the data of the \
      search: `.average` is that one then, `show` tells its error and loss before and after, and `.time` \
      counts it. Random numbers hang on the whole line: to compare with and without, search once and \
      give `recalibrate=` to `compare` or `barrier`.
      """,
    positional: [
      Parameter("method", .method, help: "which method; `help METHOD` tells of its arguments")
    ],
    rest: Rest(.nets, count: 2...Int.max, isDistinct: true),
    keywords: [
      .optionalData,
      Parameter(
        "start", .start, words: ["identity", "random"], default: "identity",
        help: "where it begins: as given, at random, where a method or a result ends, or a word of "
          + "the method's own"),
      Parameter(
        "checkpoint", .path, isOptional: true, changesResult: false,
        help: "a file that keeps the state of the search"),
      .recalibrate, .calibrate, .budget, .seed,
    ],
    extraKeywords: .ofMethod("method"), results: .kinds([.result]), drawsRandomNumbers: true,
    recovery: Recovery { call, kept throws(Failure) in
      try SearchJob(call).result(kept)
    } goOn: { call throws(Failure) in
      let job = try SearchJob(call)
      return { (call) throws(Failure) in try job.run(call) }
    },
    examples: [
      "p = search weight_match a b",
      "p = search sa2 a b data=train steps=2k start=random",
      "p = search sa2 a b data=train steps=1k start=weight_match",
      "p = search weight_match a b data=train recalibrate=repair",
    ],
    examplePreparation: Examples.twoNetworks,
    seeAlso: ["method", "compare", "barrier", "resume", "apply", "recalibrate"]
  ) { call throws(Failure) in
    try SearchJob(call).run(call)
  }

  /// Goes on with what was stopped.
  static let resume = Command(
    "resume", .search, "go on with what was stopped, as if it had never been",
    details: """
      What comes out is the same to the last bit as without the interruption. Several values of \
      one command are given together: `a, b = resume a b`, or as a list. Alone, `resume` goes on \
      with the command that was running when the program was killed.
      """,
    positional: [Parameter("value", .any, help: "what Ctrl-C or `budget=` left unfinished")],
    rest: Rest(
      Parameter("more", .any, help: "other values of the same command"), count: 0...Int.max),
    keywords: [.budget], results: .unknown, continues: "value",
    recovery: Recovery { call, kept throws(Failure) in
      guard case .result(var result)? = call.resumedValues.first?.content else {
        throw JSON.notKept
      }
      result.outcome = kept.outcome
      result.start = kept.start
      result.seconds = kept.seconds
      return result
    } goOn: { call throws(Failure) in
      call.resumedValues.first?.partial?.resume
    },
    examples: ["a, b = resume a b budget=20ms"],
    examplePreparation: Examples.data + [
      "a, b = train mlp width=16 data=train epochs=1M count=2 budget=20ms"
    ],
    seeAlso: ["search", "train"]
  ) { call throws(Failure) in
    try resumed(call)
  }

  private static func resumed(_ call: Invocation) throws(Failure) -> [Content] {
    let values = call.resumedValues
    guard let first = values.first else {
      throw Failure(.missingArgument, "the list holds nothing to go on with")
    }
    for value in values where value.partial == nil {
      let verb = value.kind == .networks ? "are" : "is"
      throw Failure(
        .incompatible, "\(value.kind.article) \(verb) whole: there is nothing to go on with",
        notes: ["`resume` goes on with what Ctrl-C or `budget=` stopped"])
    }
    guard let goOn = first.partial?.resume else {
      throw Failure(.incompatible, "what was stopped keeps no state to go on from")
    }
    guard values.allSatisfy({ $0.provenance.call === first.provenance.call }) else {
      throw Failure(
        .incompatible, "these values were made by different commands",
        notes: ["resume one after the other"])
    }
    let contents = try goOn(call)
    return values.map { value in
      if case .networks = value.content { return .networks(contents.flatMap(\.allNetworks)) }
      let index = value.provenance.resultIndex ?? 0
      return contents[min(index, contents.count - 1)]
    }
  }
}

extension Invocation {
  /// What `resume` was asked to go on with; lists stand for their members.
  var resumedValues: [Value] {
    ((value("value").map { [$0] } ?? []) + rest).flatMap(\.members)
  }

  /// Which results of the stopped command `resume` was asked to go on with; `nil` for all.
  var resumedIndices: Set<Int>? {
    guard isGiven("value") else { return nil }
    var indices: Set<Int> = []
    for value in resumedValues {
      guard let index = value.provenance.resultIndex else { return nil }
      indices.insert(index)
    }
    return indices
  }
}

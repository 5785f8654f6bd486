import Contract
import Kernel

extension Command {
  /// A table over all combinations of some values.
  static let sweep = Command(
    "sweep", .tables, "run lines for every combination of some values: a table",
    details: """
      `sweep width in [32, 128], m in methods { … row error=… }` runs the lines for each width and \
      each m, the first variable changing slowest. The table has a row for each combination: the \
      variables, what `row` gives, `status` and `time`. A cell that fails is a row with its error \
      code, and the sweep goes on. Names that the lines bind stay inside.

      A line that reads neither a variable nor anything made from one runs once for the whole \
      sweep, and any other once for each combination of the variables it hangs on; `time` is what \
      a cell added to what was there. Every cell gives what its lines give in a new session of \
      the same seed, so adding a cell changes no other one.

      Where there are several threads as many cells run side by side and share them, with the \
      same table; `time` is then that of a cell beside others. A cell that does not fit in its \
      share of the memory runs again by itself. Lines that write files run one cell after the \
      other. Ctrl-C or `budget=` keeps the rows so far, and `resume` adds those that are missing.
      """,
    keywords: [
      .budget, .seed,
      Parameter(
        "parallel", .yesNo, default: "yes", changesResult: false,
        help: "several cells at the same time; `no` where their times are to be compared"),
    ],
    results: .kinds([.table]), stepName: "step",
    drawsRandomNumbers: true,
    recovery: Recovery { call throws(Failure) in
      let job = sweepJob(call)
      return { (call) throws(Failure) in
        var job = job
        return try job.run(call)
      }
    },
    examples: [
      """
      t = sweep width in [4, 16], m in [fd, weight_match] {
        a, b = train mlp width=width data=train epochs=3 count=2
        r = search m a b data=train
        row barrier=(barrier r.networks data=test).error cost=r.cost
      }
      plot t x=width y=barrier by=m
      """,
      """
      sweep n in 1..5 {
        row square=(n ^ 2)
      }
      """,
    ],
    examplePreparation: ["train, test = make blobs samples=200"],
    seeAlso: ["row", "where", "plot", "resume", "tables"], role: .sweep
  ) { call throws(Failure) in
    var job = sweepJob(call)
    return try job.run(call)
  }

  private static func sweepJob(_ call: Invocation) -> SweepJob {
    guard var plan = call.sweep else {
      preconditionFailure("`sweep` ran without its lines")
    }
    plan.isSideBySide = call.flag("parallel")
    if let seed = call.integerIfGiven("seed") { plan.settings.seed = UInt64(seed) }
    return SweepJob(plan)
  }

  /// What a cell of a sweep puts into the table.
  static let row = Command(
    "row", .tables, "what a cell of a sweep puts into the table",
    details: """
      Stands only in the lines of `sweep`. Each name is a column. It may stand several times; \
      where a cell gives no value for a column, the place stays empty.
      """,
    extraKeywords: .any(
      Parameter(
        "value",
        .value([.integer, .real, .text, .path, .yesNo, .time, .symbol, .method, .nothing]),
        help: "a number, a text, yes or no: something that a table can hold")),
    results: .nothing, isRecorded: false,
    examples: ["t = sweep x in [1, 2, 3] { row half=(x / 2) is_large=(x > 2) }"],
    seeAlso: ["sweep"], role: .row
  ) { call throws(Failure) in
    guard let cell = call.session.cell else { throw Checker.rowOutside }
    for (name, value) in call.extra {
      guard !cell.columns.contains(where: { $0.name == name }) else {
        throw Checker.columnTwice(name)
      }
      cell.columns.append(
        .init(
          name: name, content: value.content,
          dependsOnTheClock: value.provenance.dependsOnTheClock))
    }
    return []
  }
}

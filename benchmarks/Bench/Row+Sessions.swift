import Kernel

// Whole pieces of a researcher's work, as scripts that the program runs: its start and the reading
// of data and networks are counted, training is not.
extension Row {
  static let sessionRows = [
    Row(
      "compare_512", "four searches on a 1x512 pair over 60 000 samples, and their comparison",
      unit: "script", reach: 10,
      prepare: { workplace throws(Failure) in
        try script(
          workplace, [.wide],
          """
          r = search sa2 n1 data=train steps=10k start=random
          s = search fd n1 data=train
          t = search weight_match n1
          u = search activation_match n1 data=train
          compare r s t u data=test
          """)
      }),
    Row(
      "table_2", "Table 2's searches: widths 16, 32, 64, 10 to 50 000 steps over 60 000 samples",
      unit: "15 searches", reach: 30,
      prepare: { workplace throws(Failure) in
        try script(
          workplace, [.sixteen, .thirtyTwo, .narrow],
          """
          for steps in [10, 100, 1k, 10k, 50k] {
            r = search sa2 n1 data=train steps=steps start=random
            s = search sa2 n2 data=train steps=steps start=random
            t = search sa2 n3 data=train steps=steps start=random
          }
          """)
      }),
    Row(
      "pairs_100", "4950 pairs of 100 networks 1x64, barriers before and after weight matching",
      unit: "script", reach: 1800, isQuick: false,
      prepare: { workplace throws(Failure) in
        try script(
          workplace, [.hundred],
          """
          before = barrier n1 data=train points=3
          every = pairs n1
          after = sweep pair in 1..(count every) {
            row matched=(barrier (search weight_match every[pair]) data=train points=3).error
          }
          """)
      }),
  ]

  /// A script that has the data as `train` and `test` and the networks as `n1`, `n2`, ….
  private static func script(
    _ workplace: Workplace, _ networks: [TrainedPair], _ lines: String
  ) throws(Failure) -> () throws(Failure) -> Timing {
    let program = try Program.besideThis("basin")
    let folder = try Scratch()
    var text = "train, test = load fashion_mnist\n"
    for (index, pair) in networks.enumerated() {
      _ = try workplace.networks(pair)
      text += "n\(index + 1) = load \"\(workplace.path(of: pair))\"\n"
    }
    let file = try folder.write(text + lines + "\n", to: "row.basin")
    return { () throws(Failure) in
      let (seconds, _) = try timed { () throws(Failure) in
        try program.run(["--no-session", "--threads", "\(workplace.threads)", file])
      }
      withExtendedLifetime(folder) {}
      return Timing(seconds: seconds, detail: "the program's start and loading included")
    }
  }
}

import Contract
import Kernel
import Plugins

extension Row {
  static let matchingRows = [
    Row(
      "fd_1024", "functional difference, 1x1024, with the pass over the data", unit: "search",
      reach: 0.5, warmsUp: true,
      prepare: { workplace throws(Failure) in
        let search = try functionalDifference(workplace)
        return { () throws(Failure) in
          InputMomentCache.shared.removeAll()
          return try search()
        }
      }),
    Row(
      "fd_1024_kept", "the same, the data's moments already kept", unit: "search", reach: 0.15,
      warmsUp: true, prepare: { workplace throws(Failure) in try functionalDifference(workplace) }),
    Row(
      "weight_match_3x512", "weight matching, 3x512, one run", unit: "run", reach: 0.4,
      warmsUp: true,
      prepare: { workplace throws(Failure) in
        let networks = try workplace.networks(.deep)
        let method = try WeightMatching(Settings(defaultsOf: WeightMatching.card))
        let random = RandomStream(seed: 1, name: "benchmark/weight matching")
        return { () throws(Failure) in
          let (seconds, outcome) = try timed { () throws(Failure) in
            try method.search(SearchTask(networks: networks, random: random))
          }
          return Timing(
            seconds: seconds,
            detail: "squared distance \(text(outcome.startCost ?? .nan, digits: 2)) to "
              + "\(text(outcome.cost ?? .nan, digits: 2)), \(outcome.steps) passes")
        }
      }),
  ]

  private static func functionalDifference(
    _ workplace: Workplace
  ) throws(Failure) -> @Sendable () throws(Failure) -> Timing {
    let data = try workplace.data().train
    let networks = try workplace.networks(.widest)
    let method = try FunctionalDifference(Settings(defaultsOf: FunctionalDifference.card))
    // The content hash names the data in every receipt; it is computed when they are loaded.
    _ = data.contentHash
    return { () throws(Failure) in
      let task = SearchTask(
        networks: networks, data: data, random: RandomStream(seed: 1, name: "benchmark/fd"))
      let (seconds, outcome) = try timed { () throws(Failure) in try method.search(task) }
      return Timing(
        seconds: seconds,
        detail: "sum of the matched distances \(text(outcome.cost ?? .nan, digits: 4))")
    }
  }
}

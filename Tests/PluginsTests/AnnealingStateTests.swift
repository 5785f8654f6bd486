import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Plugins

/// A checkpoint is a file that anybody can write to: whatever stands in it, a search goes on from it
/// or says that it cannot.
@Suite struct AnnealingStateTests {
  // Each of these ended the program: an index out of range, or a number that is none.
  @Test(arguments: [
    "swapsSinceBase=[[7,0,1,2]]", "swapsSinceBase=[[1,1,1,2]]", "swapsSinceBase=[[1,0,1,8]]",
    "swapsSinceBase=[[1,0,-1,2]]", "swapsSinceBase=[[1,0,2,2]]", "swapsSinceBase=[[1,0,2]]",
    "temperatures={\"highest\":0,\"lowest\":0}", "temperatures={\"highest\":-1,\"lowest\":-2}",
    "temperatures={\"highest\":1,\"lowest\":2}", "trace=[[0,0]]", "trace=[[1e300,0,0]]",
    "base=[[[0,1,2,3,4,5,6,7]]]", "best=[[[0,1,2,3,4,5,6,7]]]", "base=[[],[]]",
    "base=[[[0,1,2,3,4,5,6,7]],[[0,0,2,3,4,5,6,7]]]", "step=-1", "step=1000000",
    "bestErrors=-1", "startErrors=100000", "seconds=1e300", "streamPosition=18446744073709551615",
  ])
  func refusesAStateThatWasEdited(edit: String) throws {
    let search = try SharedAverageAnnealing(
      Settings(defaultsOf: SharedAverageAnnealing.card, ["steps": .integer(2000)]))
    let checkpoint = try stopped(search)
    let failure = #expect(throws: Failure.self) {
      try search.search(task(from: try edited(checkpoint, edit)))
    }
    #expect(failure?.code == .fileMalformed)
    // As it was it goes on.
    #expect(try !search.search(task(from: checkpoint)).status.isPartial)
  }

  private func task(
    from checkpoint: SearchCheckpoint?, stop: StopSignal = StopSignal(),
    progress: ProgressSink = .none
  ) throws -> SearchTask {
    let data = smallProblem(samples: 300)
    return SearchTask(
      networks: try trainedNetworks(2, hidden: [8], on: data, epochs: 1), data: data,
      random: RandomStream(seed: 1, name: "edited"), stop: stop, progress: progress,
      checkpoint: checkpoint)
  }

  /// The state of the search at its very beginning.
  private func stopped(_ search: SharedAverageAnnealing) throws -> SearchCheckpoint {
    let stop = StopSignal()
    stop.raise()
    var checkpoint = try #require(try search.search(task(from: nil, stop: stop)).checkpoint)
    // Stopped before its trial it would begin anew and never look at the rest.
    checkpoint = try edited(checkpoint, "isTrialCut=false")
    return try edited(checkpoint, "temperatures={\"highest\":0.1,\"lowest\":0.01}")
  }

  private func edited(_ checkpoint: SearchCheckpoint, _ edit: String) throws -> SearchCheckpoint {
    let parts = edit.split(separator: "=", maxSplits: 1)
    let value = try JSONSerialization.jsonObject(
      with: Data(parts[1].utf8), options: .fragmentsAllowed)
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(checkpoint.bytes)) as? [String: Any])
    try #require(object[String(parts[0])] != nil)
    object[String(parts[0])] = value
    var result = checkpoint
    result.bytes = [UInt8](try JSONSerialization.data(withJSONObject: object))
    return result
  }
}

import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct EnsembleTests {
  @Test func theCalibrationErrorIsThatOfItsFormula() {
    // Five bins: (0.4, 0.6] holds 0.5 right and 0.6 wrong, (0.8, 1] holds 0.9 right, 1 right and
    // 0.95 wrong. ECE = 2/5·|1/2 − 0.55| + 3/5·|2/3 − 2.85/3|.
    var calibration = Calibration(binCount: 5)
    for (confidence, isRight) in [
      (0.5, true), (0.6, false), (0.9, true), (1.0, true), (0.95, false),
    ] {
      calibration.add(confidence: confidence, isRight: isRight)
    }
    #expect(calibration.bins.map(\.count) == [0, 0, 2, 0, 3])
    let expected = 2.0 / 5 * 0.05 + 3.0 / 5 * (2.85 / 3 - 2.0 / 3)
    #expect(abs(calibration.error - expected) < 1e-15)
  }

  @Test func binsAreClosedAboveAndTheFirstHoldsZero() {
    var calibration = Calibration(binCount: 4)
    for confidence in [0, 0.25, 0.5, 0.75, 1] {
      calibration.add(confidence: confidence, isRight: true)
    }
    #expect(calibration.bins.map(\.count) == [2, 1, 1, 1])
    #expect(Calibration(binCount: 3).error == 0)
  }

  @Test func partsAddUpToTheWhole() {
    var (whole, first, second) = (
      Calibration(binCount: 7), Calibration(binCount: 7), Calibration(binCount: 7)
    )
    for step in 0..<64 {
      let confidence = Double(step) / 64
      whole.add(confidence: confidence, isRight: step % 3 == 0)
      if step < 40 {
        first.add(confidence: confidence, isRight: step % 3 == 0)
      } else {
        second.add(confidence: confidence, isRight: step % 3 == 0)
      }
    }
    first.add(second)
    #expect(first == whole)
  }

  @Test func tiesOfAVoteGoToTheLargerMeanProbability() {
    // Votes 0, 1, 1, 0: a tie that class 0 wins, since one network is sure of it.
    var sums = EnsembleSums(networkCount: 4, bins: 10)
    sums.addSample([[9, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]], label: 0)
    #expect(sums.vote.errors == 0)
    #expect(sums.vote.calibration.bins[4].count == 1)
    // Two votes against one, whatever the one is sure of.
    var majority = EnsembleSums(networkCount: 3, bins: 10)
    majority.addSample([[9, 0, 0], [0, 1, 0], [0, 1, 0]], label: 1)
    #expect(majority.vote.errors == 0)
    #expect(majority.probabilities.errors == 1)
    // Equal in everything: the first class.
    var equal = EnsembleSums(networkCount: 2, bins: 10)
    equal.addSample([[1, 0], [0, 1]], label: 0)
    #expect(equal.vote.errors == 0)
  }

  @Test func aProbabilityTooSmallForItsTypeHasALoss() {
    var sums = EnsembleSums(networkCount: 2, bins: 10)
    sums.addSample([[2_000, 0], [3_000, 0]], label: 1)
    // log((e⁻²⁰⁰⁰ + e⁻³⁰⁰⁰) / 2) = −2000 − log 2.
    #expect(abs(sums.probabilities.loss - (2_000 + log(2))) < 1e-9)
    #expect(abs(sums.logits.loss - 2_500) < 1e-9)
  }

  /// The reference: softmax, means and votes written out, from the logits of whole data sets.
  @Test(arguments: [[16], [10, 8]])
  func whatIsJoinedEqualsItsDefinition(hidden: [Int]) throws {
    let data = smallProblem(samples: 1_300)
    let networks = try trainedNetworks(3, hidden: hidden, on: data, epochs: 1)
    let scores = try Network.ensembleScores(of: networks, on: data, bins: 15)
    let logits = try networks.map { try $0.logits(on: data) }
    let classes = data.classCount
    var (lossOfLogits, lossOfProbabilities) = (0.0, 0.0)
    var wrong = (logits: 0, probabilities: 0, vote: 0)
    for sample in 0..<data.count {
      let rows = logits.map { tensor in
        (0..<classes).map { Double(tensor[sample * classes + $0]) }
      }
      func softmax(_ row: [Double]) -> [Double] {
        let powers = row.map { exp($0) }
        return powers.map { $0 / powers.reduce(0, +) }
      }
      func mean(_ rows: [[Double]]) -> [Double] {
        (0..<classes).map { place in rows.map { $0[place] }.reduce(0, +) / Double(rows.count) }
      }
      func choice(_ row: [Double]) -> Int { row.firstIndex(of: row.max() ?? 0) ?? 0 }
      let label = Int(data.labels[sample])
      let ofLogits = softmax(mean(rows))
      let ofProbabilities = mean(rows.map(softmax))
      lossOfLogits -= log(ofLogits[label])
      lossOfProbabilities -= log(ofProbabilities[label])
      wrong.logits += choice(ofLogits) == label ? 0 : 1
      wrong.probabilities += choice(ofProbabilities) == label ? 0 : 1
      let choices = rows.map(choice)
      let counts = (0..<classes).map { candidate in choices.count { $0 == candidate } }
      let tied = (0..<classes).filter { counts[$0] == counts.max() }
      let winner = tied.max { ofProbabilities[$0] < ofProbabilities[$1] } ?? 0
      wrong.vote += winner == label ? 0 : 1
    }
    let count = Double(data.count)
    #expect(abs((scores.logits.loss ?? 0) - lossOfLogits / count) < 1e-9)
    #expect(abs((scores.probabilities.loss ?? 0) - lossOfProbabilities / count) < 1e-9)
    #expect(scores.logits.errorCount == wrong.logits)
    #expect(scores.probabilities.errorCount == wrong.probabilities)
    #expect(scores.vote.errorCount == wrong.vote)
    #expect(scores.vote.loss == nil)
    // The networks differ, so that the ways are not one.
    #expect(abs(lossOfLogits - lossOfProbabilities) > 1e-6 * count)
  }

  @Test func membersScoreWhatTheyScoreAloneToTheBit() throws {
    let data = smallProblem(samples: 1_100)
    let networks = try trainedNetworks(2, hidden: [16], on: data)
    let scores = try Network.ensembleScores(of: networks, on: data, bins: 15)
    for (network, member) in zip(networks, scores.members) {
      let alone = try network.score(on: data)
      #expect(member.loss == alone.loss && member.errorCount == alone.errorCount)
      #expect(member.count == alone.count)
      #expect(member.calibration.bins.reduce(0) { $0 + $1.count } == data.count)
    }
  }

  @Test func oneNetworkStandsForItself() throws {
    let data = smallProblem()
    let network = try trainedNetworks(1, hidden: [16], on: data)[0]
    let scores = try Network.ensembleScores(of: [network, network], on: data, bins: 15)
    #expect(scores.logits.errorCount == scores.members[0].errorCount)
    #expect(scores.probabilities.errorCount == scores.members[0].errorCount)
    #expect(scores.vote.errorCount == scores.members[0].errorCount)
    #expect(abs(scores.logits.calibration.error - scores.members[0].calibration.error) < 1e-12)
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let data = smallProblem(samples: 2_000)
    let networks = try trainedNetworks(3, hidden: [16], on: data)
    let scores = try [1, 2, 3].map { threads in
      try Network.ensembleScores(
        of: networks, on: data, bins: 15, pool: WorkPool(threadCount: threads))
    }
    #expect(scores[0] == scores[1] && scores[0] == scores[2])
  }

  @Test func aRaisedStopEndsItWithAReason() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(2, hidden: [16], on: data)
    let stop = StopSignal()
    stop.raise()
    #expect {
      try Network.ensembleScores(of: networks, on: data, bins: 15, stop: stop)
    } throws: {
      ($0 as? Failure)?.code == .stopped
    }
  }
}

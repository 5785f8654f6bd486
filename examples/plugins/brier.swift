import Contract
import Foundation
import Kernel

/// The Brier score: how far the softmax probabilities are from the truth.
///
/// The mean over samples of Σ over classes (p − y)², where y is 1 for the right class and 0 for all
/// others: 0 for certainty in the truth, 2 for certainty in something else.
struct BrierScore: MetricPlugin {
  static let card = MetricCard(
    id: "brier", summary: "mean squared distance of the probabilities from the truth",
    description: """
      The softmax of the logits against a 1 for the right class, squared and summed over the \
      classes, from 0 to 2. It rewards confidence only where it is deserved.
      """,
    papers: ["Brier 1950, Verification of Forecasts Expressed in Terms of Probability"])

  func value(logits: Tensor, labels: [UInt8]) -> Double {
    let classes = logits.shape[1]
    var sum = 0.0
    logits.withBuffer { values in
      for (sample, label) in labels.enumerated() {
        let row = values[sample * classes..<(sample + 1) * classes].map(Double.init)
        // The largest is taken off before the exponential, which would overflow without.
        let largest = row.max() ?? 0
        let weights = row.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
          let distance = weight / total - (index == Int(label) ? 1 : 0)
          sum += distance * distance
        }
      }
    }
    return sum / Double(labels.count)
  }
}

let plugin = Plugin(metrics: [BrierScore.self])

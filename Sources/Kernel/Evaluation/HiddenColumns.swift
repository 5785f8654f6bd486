internal import CVector
import Synchronization

/// The pre-activations X Wᵀ + b of a network with one hidden layer, unit by unit, in the order of
/// a layout that was not reordered yet.
///
/// Kept only while several averages with the same network are made from it.
final class HiddenColumns: Sendable {
  private let box: UnsafeSendable<FloatBuffer>
  /// Units × slots.
  var values: FloatBuffer { box.value }

  private init(_ values: FloatBuffer) { box = UnsafeSendable(values) }

  /// Those of every network, one product each.
  ///
  /// - Throws: `notFinite` where one of them overflows, or `stopped`.
  static func make(
    _ networks: [Network], data: DataSet, pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> [HiddenColumns] {
    let graph = networks[0].graph
    let layout = SampleLayout(labels: data.labels, classCount: graph.classCount)
    var result: [HiddenColumns] = []
    for network in networks {
      let values = FloatBuffer(count: graph.axisGroups[0].count * layout.slotCount)
      try fill(
        values, [network], scales: [1], data: data, layout: layout, pool: pool, stop: stop)
      result.append(HiddenColumns(values))
    }
    return result
  }

  /// The bytes that those of some networks take.
  static func memory(networks: Int, units: Int, classes: Int, samples: Int) -> Int {
    4 * networks * units * (samples + 16 * classes)
  }

  /// wᵢ(X W_iᵀ + b_i) for every network, unit by unit in the order of the layout.
  ///
  /// - Throws: `notFinite` where one of them overflows: rectified, it would pass for a zero; or
  ///   `stopped`.
  static func fill(
    _ columns: FloatBuffer, _ networks: [Network], scales: [Float], data: DataSet,
    layout: SampleLayout, pool: WorkPool, stop: StopSignal
  ) throws(Failure) {
    let features = networks[0].graph.featureCount(of: 0)
    let weightIndex = networks[0].graph.axisGroups[0].axes[0].parameter
    let block = scoringBlock
    let slots = layout.slotCount
    let units = networks[0].graph.axisGroups[0].count
    let target = UnsafeSendable(columns.start)
    let isOverflowing = Atomic<Bool>(false)
    let scratch = ScratchPool { FloatBuffer(count: block * features) }
    pool.run(count: (slots + block - 1) / block) { index in
      if stop.isRaised { return }
      let first = index * block
      let count = min(block, slots - first)
      scratch.use { rows in
        data.inputs.withBuffer { inputs in
          guard let base = inputs.baseAddress else { return }
          for row in 0..<count {
            let sample = layout.samples[first + row]
            let place = rows.start + row * features
            if sample >= 0 {
              place.update(from: base + Int(sample) * features, count: features)
            } else {
              place.update(repeating: 0, count: features)
            }
          }
        }
        for (number, network) in networks.enumerated() {
          let out = target.value + number * units * slots + first
          network.parameters[weightIndex].withBuffer { weights in
            guard let weights = weights.baseAddress else { return }
            Products.multiply(
              rows: units, columns: count, inner: features, scale: scales[number],
              weights, strideA: features, rows.start, .transposed, strideB: features,
              into: out, strideC: slots)
          }
          network.parameters[weightIndex + 1].withBuffer { bias in
            for unit in 0..<units {
              let column = out + unit * slots
              let shift = bias[unit] * scales[number]
              var largest: UInt32 = 0
              for slot in 0..<count {
                column[slot] += shift
                largest = max(largest, column[slot].magnitude.bitPattern)
              }
              // The bits of numbers without a sign are in their order, and NaN comes last.
              if largest >= Float.infinity.bitPattern {
                isOverflowing.store(true, ordering: .relaxed)
              }
            }
          }
        }
      }
    }
    guard !stop.isRaised else {
      throw Failure(.stopped, "stopped before the activations on \(data.name) were there")
    }
    if isOverflowing.load(ordering: .relaxed) { throw .averageTooLarge(on: data) }
  }
}

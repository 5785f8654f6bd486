import Foundation

@testable import Kernel

/// The plain reference of a forward pass: a loop over every sum, in 64 bits.
///
/// - Returns: For each node what it gives for one sample.
func plainValues(_ graph: Graph, _ weights: [[Double]], input: [Double]) -> [[Double]] {
  var values: [[Double]] = []
  for (index, node) in graph.nodes.enumerated() {
    let x = node.inputs.map { values[$0] }
    let shape = node.inputs.first.map { graph.shapes[$0] } ?? []
    let first = graph.firstParameter(of: index)
    switch node.layer {
    case .input: values.append(input)
    case .flatten, .dropout: values.append(x[0])
    case .relu: values.append(x[0].map { max($0, 0) })
    case .add: values.append(zip(x[0], x[1]).map { $0 + $1 })
    case .linear(let outputs):
      let inputs = x[0].count
      values.append(
        (0..<outputs).map { row in
          (0..<inputs).reduce(weights[first + 1][row]) {
            $0 + weights[first][row * inputs + $1] * x[0][$1]
          }
        })
    case .convolution(let convolution):
      values.append(
        plainConvolution(
          convolution, x[0], shape, graph.shapes[index], weights[first], weights[first + 1]))
    case .maxPool(let window):
      values.append(
        plainPool(window, x[0], shape, graph.shapes[index]) { $0.max() ?? 0 })
    case .averagePool(let window):
      values.append(
        plainPool(window, x[0], shape, graph.shapes[index]) { $0.reduce(0, +) / Double($0.count) })
    case .globalAveragePool:
      let count = shape[1] * shape[2]
      values.append(
        (0..<shape[0]).map { x[0][$0 * count..<($0 + 1) * count].reduce(0, +) / Double(count) })
    }
  }
  return values
}

private func plainConvolution(
  _ convolution: Convolution, _ x: [Double], _ shape: [Int], _ output: [Int], _ weight: [Double],
  _ bias: [Double]
) -> [Double] {
  let own = shape[0] / convolution.groups
  let perGroup = convolution.outputs / convolution.groups
  var y: [Double] = []
  for channel in 0..<output[0] {
    for row in 0..<output[1] {
      for column in 0..<output[2] {
        var sum = bias[channel]
        for c in 0..<own {
          for ky in 0..<convolution.kernel {
            for kx in 0..<convolution.kernel {
              let (iy, ix) = (
                row * convolution.stride + ky - convolution.padding,
                column * convolution.stride + kx - convolution.padding
              )
              guard 0..<shape[1] ~= iy, 0..<shape[2] ~= ix else { continue }
              let source = channel / perGroup * own + c
              let place = ((channel * own + c) * convolution.kernel + ky) * convolution.kernel + kx
              sum += weight[place] * x[(source * shape[1] + iy) * shape[2] + ix]
            }
          }
        }
        y.append(sum)
      }
    }
  }
  return y
}

private func plainPool(
  _ window: PoolingWindow, _ x: [Double], _ shape: [Int], _ output: [Int],
  _ pool: ([Double]) -> Double
) -> [Double] {
  var y: [Double] = []
  for channel in 0..<output[0] {
    for row in 0..<output[1] {
      for column in 0..<output[2] {
        var values: [Double] = []
        for ky in 0..<window.size {
          for kx in 0..<window.size {
            values.append(
              x[
                (channel * shape[1] + row * window.stride + ky) * shape[2]
                  + column * window.stride + kx])
          }
        }
        y.append(pool(values))
      }
    }
  }
  return y
}

/// The mean cross-entropy of a network, by plain passes.
func plainLoss(of graph: Graph, _ weights: [[Double]], _ data: DataSet) -> Double {
  let features = graph.featureCount(of: 0)
  var total = 0.0
  for sample in 0..<data.count {
    let input = (0..<features).map { Double(data.inputs[sample * features + $0]) }
    let logits = plainValues(graph, weights, input: input)[graph.nodes.count - 1]
    let top = logits.max() ?? 0
    total += log(logits.reduce(0) { $0 + exp($1 - top) }) + top - logits[Int(data.labels[sample])]
  }
  return total / Double(data.count)
}

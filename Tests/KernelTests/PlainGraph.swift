import Foundation

@testable import Kernel

/// The plain reference of a forward pass: a loop over every sum, in 64 bits.
///
/// - Returns: For each node what it gives for one sample.
func plainValues(_ graph: Graph, _ weights: [[Double]], input: [Double]) -> [[Double]] {
  plainValues(graph, weights, inputs: [input], ofBatch: false).map { $0[0] }
}

/// The same for several samples.
///
/// - Parameter ofBatch: Whether batch normalizations take the statistics of these samples.
/// - Returns: For each node what it gives for each sample.
func plainValues(
  _ graph: Graph, _ weights: [[Double]], inputs: [[Double]], ofBatch: Bool
) -> [[[Double]]] {
  var values: [[[Double]]] = []
  for (index, node) in graph.nodes.enumerated() {
    let own = Array(weights[graph.firstParameter(of: index)...])
    if case .input = node.layer {
      values.append(inputs)
    } else if case .batchNorm(let epsilon) = node.layer {
      values.append(plainBatchNorm(values[node.inputs[0]], own, epsilon, ofBatch: ofBatch))
    } else {
      values.append(
        inputs.indices.map { sample in
          plainLayer(graph, index, own, node.inputs.map { values[$0][sample] })
        })
    }
  }
  return values
}

/// What a node gives for one sample.
private func plainLayer(
  _ graph: Graph, _ index: Int, _ weights: [[Double]], _ x: [[Double]]
) -> [Double] {
  let (shape, output) = (graph.shapes[graph.nodes[index].inputs[0]], graph.shapes[index])
  switch graph.nodes[index].layer {
  case .input, .batchNorm: preconditionFailure("a layer of all samples")
  case .flatten, .dropout: return x[0]
  case .relu: return x[0].map { max($0, 0) }
  case .gelu: return x[0].map { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }
  case .add: return zip(x[0], x[1]).map { $0 + $1 }
  case .layerNorm(let epsilon):
    let normal = plainNormal(x[0], epsilon)
    return normal.indices.map { weights[0][$0] * normal[$0] + weights[1][$0] }
  case .groupNorm(let groups, let epsilon):
    let size = x[0].count / groups
    let normal = (0..<groups).flatMap {
      plainNormal(Array(x[0][$0 * size..<($0 + 1) * size]), epsilon)
    }
    let positions = x[0].count / shape[0]
    return normal.indices.map {
      weights[0][$0 / positions] * normal[$0] + weights[1][$0 / positions]
    }
  case .linear(let outputs):
    let inputs = x[0].count
    return (0..<outputs).map { row in
      (0..<inputs).reduce(weights[1][row]) {
        $0 + weights[0][row * inputs + $1] * x[0][$1]
      }
    }
  case .convolution(let convolution):
    let bias = convolution.hasBias ? weights[1] : Array(repeating: 0, count: convolution.outputs)
    return plainConvolution(convolution, x[0], shape, output, weights[0], bias)
  case .maxPool(let window):
    return plainPool(window, x[0], shape, output) { $0.compactMap { $0 }.max() ?? 0 }
  case .averagePool(let window):
    return plainPool(window, x[0], shape, output) {
      $0.reduce(0) { $0 + ($1 ?? 0) } / Double($0.count)
    }
  case .globalAveragePool:
    let count = shape[1] * shape[2]
    return (0..<shape[0]).map {
      x[0][$0 * count..<($0 + 1) * count].reduce(0, +) / Double(count)
    }
  }
}

/// Numbers with mean 0 and variance 1.
private func plainNormal(_ x: [Double], _ epsilon: Double) -> [Double] {
  let mean = x.reduce(0, +) / Double(x.count)
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
  return x.map { ($0 - mean) / (variance + epsilon).squareRoot() }
}

private func plainBatchNorm(
  _ samples: [[Double]], _ weights: [[Double]], _ epsilon: Double, ofBatch: Bool
) -> [[Double]] {
  let channels = weights[0].count
  let positions = samples[0].count / channels
  var y = samples
  for channel in 0..<channels {
    let places = channel * positions..<(channel + 1) * positions
    let normal = plainNormal(samples.flatMap { $0[places] }, epsilon)
    let scale = 1 / (weights[3][channel] + epsilon).squareRoot()
    for (sample, values) in samples.enumerated() {
      for place in places {
        let own =
          ofBatch
          ? normal[sample * positions + place - places.lowerBound]
          : (values[place] - weights[2][channel]) * scale
        y[sample][place] = weights[0][channel] * own + weights[1][channel]
      }
    }
  }
  return y
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
  _ pool: ([Double?]) -> Double
) -> [Double] {
  var y: [Double] = []
  for channel in 0..<output[0] {
    for row in 0..<output[1] {
      for column in 0..<output[2] {
        var values: [Double?] = []
        for ky in 0..<window.size {
          for kx in 0..<window.size {
            let (iy, ix) = (
              row * window.stride + ky - window.padding,
              column * window.stride + kx - window.padding
            )
            let isInside = 0..<shape[1] ~= iy && 0..<shape[2] ~= ix
            values.append(isInside ? x[(channel * shape[1] + iy) * shape[2] + ix] : nil)
          }
        }
        y.append(pool(values))
      }
    }
  }
  return y
}

/// The mean cross-entropy of a network in training, by plain passes.
func plainLoss(of graph: Graph, _ weights: [[Double]], _ data: DataSet) -> Double {
  let features = graph.featureCount(of: 0)
  let inputs = (0..<data.count).map { sample in
    (0..<features).map { Double(data.inputs[sample * features + $0]) }
  }
  let values = plainValues(graph, weights, inputs: inputs, ofBatch: true)[graph.nodes.count - 1]
  var total = 0.0
  for (sample, logits) in values.enumerated() {
    let top = logits.max() ?? 0
    total += log(logits.reduce(0) { $0 + exp($1 - top) }) + top - logits[Int(data.labels[sample])]
  }
  return total / Double(data.count)
}

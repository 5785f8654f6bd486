@testable import Kernel

/// A convolution with its gradients as loops over every product, in 64 bits.
struct PlainConvolution {
  let place: PlacedConvolution
  let weight: [Float]
  let bias: [Float]?

  /// Calls `body` with the places of an output, a weight and an input for every product of a sample.
  private func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let (convolution, input, output) = (place.convolution, place.input, place.output)
    let (own, perGroup) = (
      input[0] / convolution.groups, convolution.outputs / convolution.groups
    )
    for channel in 0..<output[0] {
      for row in 0..<output[1] {
        for column in 0..<output[2] {
          for c in 0..<own {
            for ky in 0..<convolution.kernel {
              let y = row * convolution.stride + ky - convolution.padding
              guard 0..<input[1] ~= y else { continue }
              for kx in 0..<convolution.kernel {
                let x = column * convolution.stride + kx - convolution.padding
                guard 0..<input[2] ~= x else { continue }
                body(
                  (channel * output[1] + row) * output[2] + column,
                  ((channel * own + c) * convolution.kernel + ky) * convolution.kernel + kx,
                  ((channel / perGroup * own + c) * input[1] + y) * input[2] + x)
              }
            }
          }
        }
      }
    }
  }

  func forward(_ input: [Float], count: Int) -> [Double] {
    let (inputs, outputs) = (place.input.reduce(1, *), place.output.reduce(1, *))
    let positions = outputs / place.output[0]
    var result = (0..<count * outputs).map { Double(bias?[$0 % outputs / positions] ?? 0) }
    for sample in 0..<count {
      forEachProduct { o, w, i in
        result[sample * outputs + o] += Double(weight[w]) * Double(input[sample * inputs + i])
      }
    }
    return place.rectifies ? result.map { max($0, 0) } : result
  }

  func backward(
    _ input: [Float], outputGradient: [Float], count: Int
  ) -> (weight: [Double], bias: [Double], input: [Double]) {
    let (inputs, outputs) = (place.input.reduce(1, *), place.output.reduce(1, *))
    let positions = outputs / place.output[0]
    var weights = [Double](repeating: 0, count: weight.count)
    var biases = [Double](repeating: 0, count: place.output[0])
    var result = [Double](repeating: 0, count: count * inputs)
    for sample in 0..<count {
      for o in 0..<outputs {
        biases[o / positions] += Double(outputGradient[sample * outputs + o])
      }
      forEachProduct { o, w, i in
        let slope = Double(outputGradient[sample * outputs + o])
        weights[w] += slope * Double(input[sample * inputs + i])
        result[sample * inputs + i] += slope * Double(weight[w])
      }
    }
    return (weights, biases, result)
  }
}

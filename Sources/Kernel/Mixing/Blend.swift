internal import CVector

/// A weighted mean of two tensors that is exact where it must be.
///
/// α·a + (1 − α)·b in float32 is not a for a third of all a = b, so "the blend of two equal
/// networks" would be another network. Computed from the nearer end instead:
/// b + α(a − b) for α < ½ and a − (1 − α)(a − b) otherwise. α weighs the first tensor.
///
/// Of no use once `stop` is raised.
public func blend(_ a: Tensor, _ b: Tensor, at alpha: Double, stop: StopSignal? = nil) -> Tensor {
  precondition(a.shape == b.shape, "a blend of \(a.shape) and \(b.shape)")
  var result = Tensor(shape: a.shape)
  result.withMutableBuffer { out in
    a.withBuffer { left in
      b.withBuffer { right in
        guard let out = out.baseAddress, let left = left.baseAddress, let right = right.baseAddress
        else { return }
        // 4 MiB at a time, a millisecond or two.
        let piece = 1 << 20
        for start in stride(from: 0, to: a.count, by: piece) {
          if let stop, stop.isRaised { return }
          basin_blend(
            out + start, left + start, right + start, Float(alpha), min(piece, a.count - start))
        }
      }
    }
  }
  return result
}

extension Network {
  /// αθ1 + (1 − α)θ2, where this network is θ1.
  ///
  /// Equation 1 of Entezari et al. (2022).
  /// Of no use once `stop` is raised.
  public func blended(
    with other: Network, at alpha: Double, stop: StopSignal? = nil
  ) -> Network {
    precondition(graph == other.graph, "a blend of different architectures")
    return with(
      parameters: zip(parameters, other.parameters).map { blend($0, $1, at: alpha, stop: stop) })
  }

  /// The mean of the weights of several networks: θ1 + mean(θi − θ1), exact for equal networks.
  public static func average(of networks: [Network]) -> Network {
    precondition(!networks.isEmpty, "an average of no networks")
    let first = networks[0]
    // Two networks go the way of the blend, so that the average is the curve's midpoint bit for bit.
    if networks.count == 2 { return first.blended(with: networks[1], at: 0.5) }
    let scale = 1 / Float(networks.count)
    let parameters = first.parameters.indices.map { index -> Tensor in
      var result = first.parameters[index]
      result.withMutableBuffer { out in
        for place in out.indices {
          let origin = out[place]
          var sum: Float = 0
          for network in networks.dropFirst() {
            sum += network.parameters[index][place] - origin
          }
          out[place] = origin + sum * scale
        }
      }
      return result
    }
    return first.with(parameters: parameters)
  }

  /// The mean of the weights of several networks, each permuted first.
  public static func average(
    of networks: [Network], permutedBy permutations: [NetworkPermutation]
  ) -> Network {
    average(of: zip(networks, permutations).map { $0.permuted(by: $1) })
  }

  /// Throws where the networks are not of one architecture.
  public static func checkAlike(_ networks: [Network]) throws(Failure) {
    for (index, network) in networks.enumerated().dropFirst()
    where network.graph.nodes != networks[0].graph.nodes {
      throw Failure(
        .incompatible,
        "network \(index + 1) has another architecture than network 1: "
          + "\(network.graph.briefText) against \(networks[0].graph.briefText)",
        notes: ["networks can only be blended or matched layer by layer"])
    }
  }
}

extension Graph {
  /// `784-512-10`; `1×28×28-16-16-10` for networks that read images as such.
  public var widthsText: String {
    let first = isPerceptron ? "" : inputShape.map(String.init).joined(separator: "×") + "-"
    let widths = isPerceptron ? widths[...] : widths.dropFirst()
    return first + widths.map(String.init).joined(separator: "-")
  }
}

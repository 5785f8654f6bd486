extension Graph {
  /// Which normalization stands behind the convolutions of a deep network.
  public enum NormKind: String, Hashable, Sendable, CaseIterable {
    case none, batch, layer, group

    /// The groups of a group norm: 32, or as many as divide the channels and leave each group two of
    /// them (Wu and He 2018 take 32; with a channel each it would be another layer, instance norm).
    public static func groupCount(channels: Int) -> Int {
      let most = min(32, channels / 2)
      return most > 1 ? stride(from: most, to: 1, by: -1).first { channels % $0 == 0 } ?? 1 : 1
    }

    /// The layer behind a convolution with so many channels.
    func layer(channels: Int) -> Layer? {
      switch self {
      case .none: nil
      case .batch: .batchNorm()
      case .layer: .layerNorm()
      case .group: .groupNorm(groups: Self.groupCount(channels: channels))
      }
    }
  }

  /// What kind of image a deep network is made for.
  public enum ImageForm: String, Hashable, Sendable, CaseIterable {
    /// Small images, 32×32 or so.
    case cifar
    /// Large ones, 224×224 or so.
    case imagenet
  }

  /// The widest deep network that is made.
  static let mostDeepWidth = 1_000_000

  /// The graph of nodes of stated sizes.
  static func checked(_ nodes: [Node]) throws(Failure) -> Graph {
    guard let graph = Graph(checking: nodes) else {
      throw Failure(.outOfMemory, "no memory holds a network of these sizes")
    }
    return graph
  }

  static func checkDeep(width: Int, classes: Int, inputShape: [Int]) throws(Failure) {
    guard 1...mostDeepWidth ~= width, classes > 0 else {
      throw Failure(.shapeMismatch, "a network of \(width) channels and \(classes) classes")
    }
    guard inputShape.count == 3, inputShape.allSatisfy({ $0 > 0 }) else {
      throw Failure(
        .shapeMismatch,
        "a convolutional network takes images of channels x height x width, and these samples are "
          + shapeText(inputShape))
    }
  }
}

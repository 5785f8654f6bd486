/// The shift and scale that were applied to the inputs of a data set: (x − mean) / deviation.
///
/// Bytes are first brought to 0…1 by division by 255. The arithmetic is that of 32-bit reals in
/// this order, as PyTorch's `ToTensor` and `Normalize` do it, so the same figures give the same
/// bits.
public struct Normalization: Hashable, Sendable {
  /// The mean of each channel; one number for all where samples have no channels.
  public let mean: [Double]
  /// The standard deviation of each channel (over all pixels, dividing by their number).
  public let standardDeviation: [Double]

  /// The normalization with these figures, one of each for a channel.
  ///
  /// - Throws: `badData` where the counts differ, or a figure is not finite or a deviation not
  ///   above 0.
  public init(mean: [Double], standardDeviation: [Double]) throws(Failure) {
    guard mean.count == standardDeviation.count, !mean.isEmpty else {
      throw Failure(
        .badData,
        "a normalization has \(mean.count) means and \(standardDeviation.count) deviations")
    }
    guard mean.allSatisfy(\.isFinite),
      standardDeviation.allSatisfy({ $0.isFinite && Float($0) > 0 })
    else {
      throw Failure(
        .badData, "a normalization by mean \(mean) and deviation \(standardDeviation) is none",
        notes: ["means must be finite and deviations above 0"])
    }
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  private init(measuredMean mean: [Double], variance: [Double]) {
    self.mean = mean
    // A channel that is the same everywhere is only centred.
    standardDeviation = variance.map { $0 > 0 && Float($0.squareRoot()) > 0 ? $0.squareRoot() : 1 }
  }

  /// The number of channels.
  public var channelCount: Int { mean.count }

  /// How many channels samples of this shape have: channels × height × width has the first
  /// extent, anything else is one.
  public static func channelCount(of sampleShape: [Int]) -> Int {
    sampleShape.count == 3 ? sampleShape[0] : 1
  }
}

/// How a data set is to be normalized when it is loaded.
public enum NormalizationRule: Hashable, Sendable {
  /// Bytes are brought to 0…1 and nothing else is done.
  case none
  /// By the data's own mean and standard deviation, per channel.
  case measured
  /// By figures measured elsewhere, such as on the training set.
  case fixed(Normalization)
}

// MARK: - Measuring

extension Normalization {
  /// The mean and deviation of byte images, exact to the last rounding.
  ///
  /// Counts of the 256 values give integer sums, so the order of samples cannot matter.
  ///
  /// - Parameter pixels: samples × channels × pixels of one channel.
  static func measured(pixels: [UInt8], channels: Int, planeSize: Int) -> Normalization {
    var mean: [Double] = []
    var variance: [Double] = []
    for counts in counts(of: pixels, channels: channels, planeSize: planeSize) {
      let total = counts.reduce(0, +)
      let sum = counts.enumerated().reduce(0) { $0 + $1.offset * $1.element }
      let squares = counts.enumerated().reduce(0) { $0 + $1.offset * $1.offset * $1.element }
      let average = Double(sum) / Double(total)
      mean.append(average / 255)
      variance.append((Double(squares) / Double(total) - average * average) / (255 * 255))
    }
    return Normalization(measuredMean: mean, variance: variance)
  }

  /// How often each of the 256 values stands in each channel.
  private static func counts(of pixels: [UInt8], channels: Int, planeSize: Int) -> [[Int]] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: channels)
    pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<channels {
        counts[channel].withUnsafeMutableBufferPointer { counts in
          var start = channel * planeSize
          while start < pixels.count {
            for place in start..<start + planeSize { counts[Int(pixels[place])] &+= 1 }
            start += channels * planeSize
          }
        }
      }
    }
    return counts
  }

  /// The mean and deviation of real inputs: two passes in 64 bits, in the order of samples.
  ///
  /// - Parameter inputs: samples × channels × values of one channel.
  static func measured(inputs: Tensor, channels: Int, planeSize: Int) -> Normalization {
    inputs.withBuffer { values in
      let perChannel = Double(values.count / channels)
      func total(_ channel: Int, _ term: (Double) -> Double) -> Double {
        var sum = 0.0
        var start = channel * planeSize
        while start < values.count {
          var plane = 0.0
          for place in start..<start + planeSize { plane += term(Double(values[place])) }
          sum += plane
          start += channels * planeSize
        }
        return sum
      }
      let mean = (0..<channels).map { total($0) { $0 } / perChannel }
      let variance = (0..<channels).map { channel in
        total(channel) { ($0 - mean[channel]) * ($0 - mean[channel]) } / perChannel
      }
      return Normalization(measuredMean: mean, variance: variance)
    }
  }
}

// MARK: - Applying

extension Normalization {
  /// What each of the 256 byte values becomes in a channel; without normalization, v / 255.
  static func table(_ normalization: Normalization?, channel: Int) -> [Float] {
    (0..<256).map { value in
      let scaled = Float(value) / 255
      guard let normalization else { return scaled }
      return normalization.applied(to: scaled, channel: channel)
    }
  }

  func applied(to value: Float, channel: Int) -> Float {
    (value - Float(mean[channel])) / Float(standardDeviation[channel])
  }

  /// Inputs of the given shape from bytes.
  static func inputs(
    shape: [Int], pixels: [UInt8], by normalization: Normalization?, channels: Int, planeSize: Int
  ) -> Tensor {
    let tables = (0..<channels).map { table(normalization, channel: $0) }
    var inputs = Tensor(shape: shape)
    inputs.withMutableBuffer { output in
      pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          tables[channel].withUnsafeBufferPointer { table in
            var start = channel * planeSize
            while start < pixels.count {
              for place in start..<start &+ planeSize { output[place] = table[Int(pixels[place])] }
              start += channels * planeSize
            }
          }
        }
      }
    }
    return inputs
  }

  /// Inputs normalized channel by channel.
  func applied(to inputs: Tensor, planeSize: Int) -> Tensor {
    var result = inputs
    result.withMutableBuffer { values in
      for plane in 0..<values.count / max(planeSize, 1) {
        let channel = plane % channelCount
        for place in plane * planeSize..<(plane + 1) * planeSize {
          values[place] = applied(to: values[place], channel: channel)
        }
      }
    }
    return result
  }
}

extension Normalization: CanonicalValue {
  public static var canonicalKind: String { "normalization" }

  public func encodeFields(into encoder: inout CanonicalEncoder) {
    encoder.field("mean")
    encoder.list(mean.count)
    for value in mean { encoder.real(value) }
    encoder.field("standard deviation")
    encoder.list(standardDeviation.count)
    for value in standardDeviation { encoder.real(value) }
  }
}

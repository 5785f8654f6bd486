extension DataSet {
  /// The samples at the given places, in that order; a place may stand more than once.
  ///
  /// The normalization stays that of the whole.
  ///
  /// - Throws: `badData` where there is none, or a place is not one of the set's.
  public func subset(_ indices: [Int]) throws(Failure) -> DataSet {
    guard !indices.isEmpty else { throw Failure(.badData, "no samples of `\(name)` are chosen") }
    if let outside = indices.first(where: { $0 < 0 || $0 >= count }) {
      throw Failure(
        .badData, "`\(name)` has no sample \(outside)", notes: ["it has samples 0 to \(count - 1)"])
    }
    let size = sampleSize
    var chosen = Tensor(shape: [indices.count] + sampleShape)
    chosen.withMutableBuffer { output in
      inputs.withBuffer { input in
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        for (place, index) in indices.enumerated() {
          (to + place * size).update(from: from + index * size, count: size)
        }
      }
    }
    var chosenPixels: [UInt8]?
    if let pixels {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(indices.count * size)
      for index in indices { bytes += pixels[index * size..<(index + 1) * size] }
      chosenPixels = bytes
    }
    return DataSet(
      name: name, inputs: chosen, labels: indices.map { labels[$0] }, classCount: classCount,
      normalization: normalization, source: source, pixels: chosenPixels)
  }

  /// The first `count` samples, or all where there are no more.
  ///
  /// - Throws: `badData` where `count` is not above 0.
  public func prefix(_ count: Int) throws(Failure) -> DataSet {
    guard count > 0 else {
      throw Failure(.badData, "\(count) samples of `\(name)` are no data set")
    }
    return count >= self.count ? self : try subset(Array(0..<count))
  }

  /// The samples at the given places, and all others in their order.
  ///
  /// - Parameter indices: Places of the first part, each once, neither none nor all: drawn by the
  ///   caller from a stream of its own.
  /// - Throws: `badData` where a part would be empty or a place stands twice or is none.
  public func split(_ indices: [Int]) throws(Failure) -> (chosen: DataSet, rest: DataSet) {
    let chosen = try subset(indices)
    var isChosen = [Bool](repeating: false, count: count)
    for index in indices {
      guard !isChosen[index] else {
        throw Failure(.badData, "sample \(index) of `\(name)` is chosen twice")
      }
      isChosen[index] = true
    }
    let rest = (0..<count).filter { !isChosen[$0] }
    guard !rest.isEmpty else {
      throw Failure(.badData, "a split of `\(name)` leaves nothing for the second part")
    }
    return (chosen, try subset(rest))
  }
}

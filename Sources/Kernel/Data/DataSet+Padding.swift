extension DataSet {
  /// The images in the middle of black ones of a given side, as LeNet takes MNIST's 28×28 in 32×32.
  ///
  /// Black is what a byte of 0 became, or 0 where inputs were reals and not bytes and nothing was
  /// normalized. Where the rest is odd, the larger part stands below and to the right.
  ///
  /// - Parameter side: Of the new images; those that have it already stay as they are.
  /// - Throws: `shapeMismatch` where samples are no images or larger ones, `outOfMemory`.
  public func padded(side: Int) throws(Failure) -> DataSet {
    guard sampleShape.count == 3 else {
      throw Failure(
        .shapeMismatch,
        "samples of \(name) are \(shapeText(sampleShape)), and only images can be padded")
    }
    let (channels, height, width) = (sampleShape[0], sampleShape[1], sampleShape[2])
    guard height <= side, width <= side else {
      throw Failure(
        .shapeMismatch,
        "images of \(name) are \(shapeText([height, width])), larger than a side of \(side)")
    }
    guard height < side || width < side else { return self }
    let shape = [channels, side, side]
    try Memory.check(
      Memory.bytes(count, shape.reduce(1) { Memory.bytes($0, $1) }, 5),
      for: "\(count) images of \(shapeText(shape))", advice: "take fewer samples with samples=N")
    let (top, left) = ((side - height) / 2, (side - width) / 2)
    /// Where each row of the old images begins, and where in the new ones.
    func forEachRow(_ body: (_ from: Int, _ to: Int) -> Void) {
      for plane in 0..<count * channels {
        for row in 0..<height {
          body((plane * height + row) * width, (plane * side + top + row) * side + left)
        }
      }
    }
    let black = (0..<channels).map { channel in
      normalization.map { $0.applied(to: 0, channel: channel % $0.channelCount) } ?? 0
    }
    var padded = Tensor(shape: [count] + shape)
    padded.withMutableBuffer { output in
      inputs.withBuffer { input in
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        for plane in 0..<count * channels {
          (to + plane * side * side).update(repeating: black[plane % channels], count: side * side)
        }
        forEachRow { (to + $1).update(from: from + $0, count: width) }
      }
    }
    var bytes: [UInt8]?
    if let pixels {
      var all = [UInt8](repeating: 0, count: padded.count)
      forEachRow { from, to in
        for column in 0..<width { all[to + column] = pixels[from + column] }
      }
      bytes = all
    }
    return DataSet(
      name: name, inputs: padded, labels: labels, classCount: classCount,
      normalization: normalization, source: source, pixels: bytes)
  }
}

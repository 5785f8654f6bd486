/// Images as bytes with their labels, before they become a data set.
struct LabelledPixels {
  /// Channels × height × width.
  let shape: [Int]
  let classCount: Int
  /// Images × `shape`.
  var pixels: [UInt8] = []
  var labels: [UInt8] = []

  init(shape: [Int], classCount: Int) {
    self.shape = shape
    self.classCount = classCount
  }

  /// Throws `outOfMemory` where a data set of as many images would take more than it may.
  func checkRoom(_ count: Int) throws(Failure) {
    // A byte for each pixel, and four for the number that it becomes.
    try Memory.check(
      Memory.bytes(count, shape.reduce(1, *), 5), for: "\(count) images of \(shapeText(shape))",
      advice: "cut the file into smaller ones")
  }

  /// Makes room for as many images.
  mutating func reserve(_ count: Int) throws(Failure) {
    try checkRoom(count)
    pixels.reserveCapacity(count * shape.reduce(1, *))
    labels.reserveCapacity(count)
  }

  /// The data set of these images.
  func dataSet(
    _ name: String, _ rule: NormalizationRule, source: DataSource
  ) throws(Failure) -> DataSet {
    try DataSet(
      name: name, pixels: pixels, sampleShape: shape, labels: labels, classCount: classCount,
      normalization: rule, source: source)
  }
}

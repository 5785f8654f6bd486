/// Scratch memory of one task: zeroed, aligned to 64 bytes, freed with its owner.
///
/// Not sendable and never shared; what leaves a task is copied into a `Tensor`.
final class FloatBuffer {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    start = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    start.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  func copy() -> FloatBuffer {
    let result = FloatBuffer(count: count)
    result.start.update(from: start, count: count)
    return result
  }
}

/// All parameters of a network in one piece of memory, each aligned to 64 bytes.
final class ParameterBuffer {
  let storage: FloatBuffer
  let shapes: [[Int]]
  private let offsets: [Int]

  private init(storage: FloatBuffer, shapes: [[Int]], offsets: [Int]) {
    self.storage = storage
    self.shapes = shapes
    self.offsets = offsets
  }

  /// The parameters from one on, in the same memory, numbered anew from 0.
  func slice(from first: Int) -> ParameterBuffer {
    ParameterBuffer(
      storage: storage, shapes: Array(shapes[first...]), offsets: Array(offsets[first...]))
  }

  init(graph: Graph) {
    shapes = graph.parameters.map(\.shape)
    var offsets: [Int] = []
    var total = 0
    for shape in shapes {
      offsets.append(total)
      // Sixteen floats are 64 bytes.
      total += (shape.reduce(1, *) + 15) / 16 * 16
    }
    self.offsets = offsets
    storage = FloatBuffer(count: total)
  }

  convenience init(_ network: Network) {
    self.init(graph: network.graph)
    load(network.parameters)
  }

  subscript(parameter: Int) -> UnsafeMutablePointer<Float> { storage.start + offsets[parameter] }

  func load(_ tensors: [Tensor]) {
    for (index, tensor) in tensors.enumerated() {
      tensor.withBuffer { buffer in
        if let from = buffer.baseAddress { self[index].update(from: from, count: buffer.count) }
      }
    }
  }

  /// A copy of the parameters as tensors.
  func tensors() -> [Tensor] {
    shapes.enumerated().map { index, shape in
      var tensor = Tensor(shape: shape)
      tensor.withMutableBuffer { buffer in
        buffer.baseAddress?.update(from: self[index], count: buffer.count)
      }
      return tensor
    }
  }
}

import Kernel

extension Tensor {
  /// The tensor as units × everything else, where an axis holds blocks of neighbours per unit.
  ///
  /// Everything else is in the order: axes before, place in the block, axes after. Of no use once
  /// `stop` is raised.
  func unitMajor(
    axis: Int, block: Int, pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Tensor {
    let outer = shape[..<axis].reduce(1, *)
    let units = shape[axis] / block
    let inner = shape[(axis + 1)...].reduce(1, *) * block
    if outer == 1 { return reshaped([units, inner]) }
    var result = Tensor(shape: [units, outer * inner])
    withBuffer { from in
      result.withMutableBuffer { to in
        let shared = SharedRows(from: from, to: to)
        // Bands of 32 units, and in each 32 rows after the other: a transposition whose lines stay
        // in the nearest cache.
        let size = 32
        pool.run(count: (units + size - 1) / size) { item in
          let band = item * size..<min((item + 1) * size, units)
          for first in stride(from: 0, to: outer, by: size) {
            if let stop, stop.isRaised { return }
            for unit in band {
              for row in first..<min(first + size, outer) {
                let (old, new) = (
                  (row &* units &+ unit) &* inner, (unit &* outer &+ row) &* inner
                )
                for place in 0..<inner { shared.to[new &+ place] = shared.from[old &+ place] }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// A matrix with its columns in another order; itself where none is given; of no use once `stop` is
  /// raised.
  func columnsGathered(
    _ order: [Int]?, pool: WorkPool, stop: StopSignal? = nil
  ) -> Tensor {
    guard let order else { return self }
    let (rows, columns) = (shape[0], order.count)
    var result = Tensor(shape: [rows, columns])
    withBuffer { from in
      result.withMutableBuffer { to in
        let shared = SharedRows(from: from, to: to)
        // 64 rows an item: longer than waking a thread takes.
        pool.run(count: (rows + 63) / 64) { item in
          if let stop, stop.isRaised { return }
          order.withUnsafeBufferPointer { order in
            for row in item * 64..<min(item * 64 + 64, rows) {
              let start = row &* columns
              for column in 0..<columns {
                shared.to[start &+ column] = shared.from[start &+ order[column]]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Subtracts A Bᵀ, both units × everything else; of no use once `stop` is raised.
  mutating func subtractProduct(
    _ a: Tensor, _ b: Tensor, pool: WorkPool, stop: StopSignal? = nil
  ) {
    let (rows, columns) = (shape[0], shape[1])
    let inner = a.count / max(rows, 1)
    guard inner > 0, rows > 0 else { return }
    // 128 rows an item: full speed for a product, and four items at 512 units.
    let panel = 128
    a.withBuffer { a in
      b.withBuffer { b in
        withMutableBuffer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          let shared = SharedProduct(a: a, b: b, c: c)
          pool.run(count: (rows + panel - 1) / panel) { item in
            if let stop, stop.isRaised { return }
            let start = item * panel
            Products.multiply(
              rows: min(panel, rows - start), columns: columns, inner: inner, scale: -1,
              shared.a + start * inner, strideA: inner, shared.b, .transposed, strideB: inner,
              keep: 1, into: shared.c + start * columns, strideC: columns, stop: stop)
          }
        }
      }
    }
  }

  /// The sum of the products of both tensors' elements, in 64 bits; of no use once `stop` is raised.
  func product(with other: Tensor, stop: StopSignal? = nil) -> Double {
    withBuffer { a in
      other.withBuffer { b in
        var sum = 0.0
        for piece in Self.pieces(of: a.indices) {
          if let stop, stop.isRaised { return sum }
          for index in piece { sum += Double(a[index]) * Double(b[index]) }
        }
        return sum
      }
    }
  }

  /// The squared Euclidean distance of both tensors' elements, in 64 bits; of no use once `stop` is
  /// raised.
  func squaredDistance(to other: Tensor, stop: StopSignal? = nil) -> Double {
    withBuffer { a in
      other.withBuffer { b in
        var sum = 0.0
        for piece in Self.pieces(of: a.indices) {
          if let stop, stop.isRaised { return sum }
          for index in piece {
            let difference = Double(a[index]) - Double(b[index])
            sum += difference * difference
          }
        }
        return sum
      }
    }
  }

  /// A million numbers at a time: a millisecond or two.
  private static func pieces(of indices: Range<Int>) -> some Sequence<Range<Int>> {
    stride(from: 0, to: indices.count, by: 1 << 20).lazy.map {
      $0..<Swift.min($0 + (1 << 20), indices.count)
    }
  }
}

/// Items read what nobody writes and write rows of their own.
private struct SharedRows: @unchecked Sendable {
  let from: UnsafeBufferPointer<Float>
  let to: UnsafeMutableBufferPointer<Float>
}

private struct SharedProduct: @unchecked Sendable {
  let a: UnsafePointer<Float>
  let b: UnsafePointer<Float>
  let c: UnsafeMutablePointer<Float>
}

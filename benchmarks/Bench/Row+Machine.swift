import Foundation
import Kernel

extension Row {
  static let machineRows = [
    Row(
      "start", "start, an empty script, end", unit: "start", reach: 0.1, warmsUp: true,
      prepare: { _ throws(Failure) in
        let program = try Program.besideThis("basin")
        return { () throws(Failure) in
          let (seconds, _) = try timed { () throws(Failure) in try program.run(["-c", ""]) }
          return Timing(seconds: seconds, detail: "basin -c ''")
        }
      }),
    Row(
      "prompt", "start to prompt at a terminal", unit: "start", reach: 0.1, warmsUp: true,
      prepare: { _ throws(Failure) in
        let program = try Program.besideThis("basin")
        return { () throws(Failure) in
          let (seconds, seen) = try timed { () throws(Failure) in
            try program.start(awaiting: "basin 1> ")
          }
          try seen.end()
          return Timing(seconds: seconds, detail: "basin, at a terminal")
        }
      }),
    Row(
      "sgemm_1024", "product of two 1024 x 1024 matrices (how fast the machine is)",
      unit: "product", warmsUp: true,
      prepare: { workplace throws(Failure) in
        let size = 1024
        var stream = RandomStream(seed: 1, name: "benchmark/product")
        let values = (0..<(2 * size * size)).map { _ in Float(stream.nextUnit()) }
        let a = Tensor(shape: [size, size], values: Array(values.prefix(size * size)))
        let b = Tensor(shape: [size, size], values: Array(values.suffix(size * size)))
        return { () throws(Failure) in
          // Twenty products in a row, as the peer: one takes only milliseconds.
          let (seconds, _) = try timed { () throws(Failure) in for _ in 0..<20 { _ = a.product(b) }
          }
          let each = seconds / 20
          let rate = 2 * Double(size * size * size) / each / 1e9
          return Timing(
            seconds: each,
            detail: "\(text(rate, digits: 0)) GFLOP/s, \(workplace.threads) threads, "
              + "OpenBLAS \(NumericLevel.current)")
        }
      }),
  ]
}

extension Tensor {
  /// The product of two square matrices, the rows shared among the pool's threads.
  fileprivate func product(_ other: Tensor) -> Tensor {
    let size = shape[0]
    let pool = WorkPool.shared
    let block = (size + pool.threadCount - 1) / pool.threadCount
    let rows = pool.map(count: pool.threadCount) { part -> Tensor in
      let first = min(part * block, size)
      let count = min(block, size - first)
      var result = Tensor(shape: [count, size])
      withBuffer { left in
        other.withBuffer { right in
          result.withMutableBuffer { buffer in
            guard let x = left.baseAddress, let y = right.baseAddress, let z = buffer.baseAddress
            else { return }
            Products.multiply(
              rows: count, columns: size, inner: size, x + first * size, strideA: size, y,
              strideB: size, into: z, strideC: size)
          }
        }
      }
      return result
    }
    return rows[0]
  }
}

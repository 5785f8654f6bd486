extension Tensor {
  /// The tensor with the units of an axis, or of a part of it, in another order: unit `i` is the old
  /// `sources[i]`, and what belongs to none of them stays.
  ///
  /// Of no use once `stop` is raised.
  public func gathered(
    _ axis: AxisGroup.Axis, from sources: [Int], pool: WorkPool = .shared,
    stop: StopSignal? = nil
  ) -> Tensor {
    let entries = axis.entries(units: sources.count)
    precondition(
      entries.upperBound <= shape[axis.axis],
      "\(sources.count) units on an axis of \(shape[axis.axis])")
    let slab = Slab(of: self, axis)
    var result =
      axis.isWhole(of: shape, units: sources.count) ? Tensor(shape: shape) : self
    withBuffer { old in
      result.withMutableBuffer { new in
        guard let from = old.baseAddress, let to = new.baseAddress else { return }
        let pieces = GatheredPieces(from: from, to: to, sources: sources, slab: slab)
        pool.run(count: pieces.count) { piece in
          if let stop, stop.isRaised { return }
          pieces.fill(piece)
        }
      }
    }
    return result
  }

  /// What so many units have of an axis, as an array of its own whose axis they have whole; all of it
  /// where they do.
  public func part(_ axis: AxisGroup.Axis, units: Int) -> Tensor {
    guard !axis.isWhole(of: shape, units: units) else { return self }
    let slab = Slab(of: self, axis)
    let length = units * slab.inner
    var partShape = shape
    if let rows = axis.rows { partShape[0] = rows.count }
    partShape[axis.axis] = units * axis.block
    var result = Tensor(shape: partShape)
    withBuffer { old in
      result.withMutableBuffer { new in
        guard let from = old.baseAddress, let to = new.baseAddress else { return }
        for row in 0..<slab.rows {
          (to + row * length).update(from: from + slab.start + row * slab.stride, count: length)
        }
      }
    }
    return result
  }
}

/// Where the units of an axis stand in an array's memory: rows of equal length at equal distances.
private struct Slab {
  var rows: Int
  /// The first number of the first row, and how far rows are apart.
  var start: Int
  var stride: Int
  /// How many neighbouring numbers of a row belong to one unit.
  var inner: Int

  init(of tensor: Tensor, _ axis: AxisGroup.Axis) {
    let shape = tensor.shape
    let after = shape[(axis.axis + 1)...].reduce(1, *)
    precondition(axis.rows == nil || axis.axis > 0, "rows of rows")
    // How many rows one place of the first axis has.
    let between = axis.axis > 0 ? shape[1..<axis.axis].reduce(1, *) : 1
    let places = axis.axis > 0 ? axis.rows ?? 0..<shape[0] : 0..<1
    rows = places.count * between
    stride = shape[axis.axis] * after
    start = places.lowerBound * between * stride + axis.start * after
    inner = axis.block * after
  }
}

/// Units put in another order, cut into pieces of about a megabyte.
///
/// Each piece writes units of its own and reads what nobody writes.
private struct GatheredPieces: @unchecked Sendable {
  let from: UnsafePointer<Float>
  let to: UnsafeMutablePointer<Float>
  let sources: [Int]
  let slab: Slab

  /// Units of all rows.
  private var blockCount: Int { slab.rows * sources.count }
  /// 1 MiB: a tenth of a millisecond, and more than waking a thread costs.
  private var blocksPerPiece: Int { max(1, (1 << 18) / max(slab.inner, 1)) }

  var count: Int { (blockCount + blocksPerPiece - 1) / blocksPerPiece }

  func fill(_ piece: Int) {
    let first = piece * blocksPerPiece
    let last = min(first + blocksPerPiece, blockCount)
    let (units, inner) = (sources.count, slab.inner)
    sources.withUnsafeBufferPointer { sources in
      var (row, place) = first.quotientAndRemainder(dividingBy: units)
      var base = slab.start &+ row &* slab.stride
      for _ in first..<last {
        let source = base &+ sources[place] &* inner
        if inner == 1 {
          to[base &+ place] = from[source]
        } else {
          (to + (base &+ place &* inner)).update(from: from + source, count: inner)
        }
        place &+= 1
        if place == units { (row, place, base) = (row &+ 1, 0, base &+ slab.stride) }
      }
    }
  }
}

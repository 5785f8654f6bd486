internal import CVector

/// A number type that costs can have: says which set of the C loops serves it.
///
/// The parameters are those of `assignment.h`.
protocol AssignmentCost: BinaryFloatingPoint {
  /// Whether all numbers are finite.
  static func allFinite(_ values: UnsafeBufferPointer<Self>) -> Bool
  static func start(
    _ row: UnsafePointer<Self>, _ duals: UnsafePointer<Double>, _ rowIndex: Int, _ count: Int,
    _ distances: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>,
    _ blockLeast: UnsafeMutablePointer<Double>)
  static func relax(
    _ row: UnsafePointer<Self>, _ duals: UnsafePointer<Double>, _ shift: Double, _ rowIndex: Int,
    _ count: Int, _ distances: UnsafeMutablePointer<Double>,
    _ rows: UnsafeMutablePointer<Int32>, _ blockLeast: UnsafeMutablePointer<Double>)
  static func leastTwo(
    _ row: UnsafePointer<Self>, _ duals: UnsafePointer<Double>, _ count: Int,
    _ values: UnsafeMutablePointer<Double>, _ column: UnsafeMutablePointer<Int32>)
  static func columns(
    _ row: UnsafePointer<Self>, _ rowIndex: Int, _ count: Int,
    _ least: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>)
}

extension Float: AssignmentCost {
  static func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool { hasOnlyFinite(values) }

  static func start(
    _ row: UnsafePointer<Float>, _ duals: UnsafePointer<Double>, _ rowIndex: Int, _ count: Int,
    _ distances: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>,
    _ blockLeast: UnsafeMutablePointer<Double>
  ) {
    basin_assignment_start_f32(
      row, duals, Int32(rowIndex), Int32(count), distances, rows, blockLeast)
  }

  static func relax(
    _ row: UnsafePointer<Float>, _ duals: UnsafePointer<Double>, _ shift: Double, _ rowIndex: Int,
    _ count: Int, _ distances: UnsafeMutablePointer<Double>,
    _ rows: UnsafeMutablePointer<Int32>, _ blockLeast: UnsafeMutablePointer<Double>
  ) {
    basin_assignment_relax_f32(
      row, duals, shift, Int32(rowIndex), Int32(count), distances, rows, blockLeast)
  }

  static func leastTwo(
    _ row: UnsafePointer<Float>, _ duals: UnsafePointer<Double>, _ count: Int,
    _ values: UnsafeMutablePointer<Double>, _ column: UnsafeMutablePointer<Int32>
  ) {
    basin_assignment_two_f32(row, duals, Int32(count), values, column)
  }

  static func columns(
    _ row: UnsafePointer<Float>, _ rowIndex: Int, _ count: Int,
    _ least: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>
  ) {
    basin_assignment_columns_f32(row, Int32(rowIndex), Int32(count), least, rows)
  }
}

extension Double: AssignmentCost {
  static func allFinite(_ values: UnsafeBufferPointer<Double>) -> Bool { hasOnlyFinite(values) }

  static func start(
    _ row: UnsafePointer<Double>, _ duals: UnsafePointer<Double>, _ rowIndex: Int, _ count: Int,
    _ distances: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>,
    _ blockLeast: UnsafeMutablePointer<Double>
  ) {
    basin_assignment_start_f64(
      row, duals, Int32(rowIndex), Int32(count), distances, rows, blockLeast)
  }

  static func relax(
    _ row: UnsafePointer<Double>, _ duals: UnsafePointer<Double>, _ shift: Double, _ rowIndex: Int,
    _ count: Int, _ distances: UnsafeMutablePointer<Double>,
    _ rows: UnsafeMutablePointer<Int32>, _ blockLeast: UnsafeMutablePointer<Double>
  ) {
    basin_assignment_relax_f64(
      row, duals, shift, Int32(rowIndex), Int32(count), distances, rows, blockLeast)
  }

  static func leastTwo(
    _ row: UnsafePointer<Double>, _ duals: UnsafePointer<Double>, _ count: Int,
    _ values: UnsafeMutablePointer<Double>, _ column: UnsafeMutablePointer<Int32>
  ) {
    basin_assignment_two_f64(row, duals, Int32(count), values, column)
  }

  static func columns(
    _ row: UnsafePointer<Double>, _ rowIndex: Int, _ count: Int,
    _ least: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Int32>
  ) {
    basin_assignment_columns_f64(row, Int32(rowIndex), Int32(count), least, rows)
  }
}

private func hasOnlyFinite<Value: BinaryFloatingPoint & SIMDScalar>(
  _ values: UnsafeBufferPointer<Value>
) -> Bool {
  // 0 · x is 0 for finite x and NaN otherwise; a sum of these vectorizes, a branch does not.
  var witness = SIMD8<Value>.zero
  var index = 0
  if let base = UnsafeRawPointer(values.baseAddress) {
    while index &+ 8 <= values.count {
      let place = base + index &* MemoryLayout<Value>.stride
      witness += place.loadUnaligned(as: SIMD8<Value>.self) * 0
      index &+= 8
    }
  }
  return witness == .zero && values[index...].allSatisfy(\.isFinite)
}

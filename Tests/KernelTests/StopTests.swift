import Foundation
import TestSupport
import Testing

@testable import Kernel

/// Long work ends in its middle where somebody asks for it, and leaves whole what it was given.
@Suite struct StopTests {
  private var raised: StopSignal {
    let stop = StopSignal()
    stop.raise()
    return stop
  }

  private func numbers(_ count: Int, _ name: String) -> [Float] {
    var stream = RandomStream(seed: 1, name: name)
    return stream.nextNormals(count: count).map { Float($0) }
  }

  // MARK: - Products

  /// Sizes that no block divides, in all four forms.
  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func aProductInBlocksIsTheProduct(isATransposed: Bool, isBTransposed: Bool) {
    let (rows, columns, inner) = (401, 517, 333)
    let (formA, formB): (Products.Form, Products.Form) = (
      isATransposed ? .transposed : .asStored, isBTransposed ? .transposed : .asStored
    )
    let (strideA, strideB) = (isATransposed ? rows : inner, isBTransposed ? inner : columns)
    let (a, b) = (numbers(rows * inner, "a"), numbers(inner * columns, "b"))
    let start = numbers(rows * columns, "c")
    var whole = start
    Products.multiply(
      rows: rows, columns: columns, inner: inner, scale: -1, a, formA, strideA: strideA, b, formB,
      strideB: strideB, keep: 1, into: &whole, strideC: columns)
    let cut = ProductBlocks(rows: rows, columns: columns, inner: inner, work: 192 * 192 * inner)
    #expect(cut.blocks.count == 9)
    var pieces = start
    pieces.withUnsafeMutableBufferPointer { c in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          for block in cut.blocks {
            Products.multiply(
              rows: block.rows.count, columns: block.columns.count, inner: inner, scale: -1,
              a + block.offsetA(formA, strideA), formA, strideA: strideA,
              b + block.offsetB(formB, strideB), formB, strideB: strideB, keep: 1,
              into: c + block.rows.lowerBound * columns + block.columns.lowerBound,
              strideC: columns)
          }
        }
      }
    }
    // 333 products of normal numbers: their sum is rounded by some 1e-5.
    #expect(zip(pieces, whole).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(whole != start)
  }

  @Test(arguments: [(1, 1, 1), (512, 4096, 4096), (8192, 1024, 1024), (3, 5, 90_000_000)])
  func blocksCoverAProductOnce(rows: Int, columns: Int, inner: Int) {
    let blocks = ProductBlocks(rows: rows, columns: columns, inner: inner).blocks
    #expect(blocks.reduce(0) { $0 + $1.rows.count * $1.columns.count } == rows * columns)
    for block in blocks where blocks.count > 1 {
      #expect(block.rows.count * block.columns.count * inner <= 3 * ProductBlocks.work / 2)
    }
  }

  @Test func aProductEndsBetweenTwoBlocks() {
    let blocks = ProductBlocks(rows: 600, columns: 800, inner: 64, work: 192 * 192 * 64)
    let stop = StopSignal()
    var count = 0
    let isWhole = blocks.run(stop) { _ in
      count += 1
      if count == 3 { stop.raise() }
    }
    #expect(!isWhole && count == 3 && blocks.blocks.count > 10)
    #expect(!ProductBlocks(rows: 2, columns: 2, inner: 2).run(stop) { _ in count += 1 })
    #expect(count == 3)
  }

  // MARK: - Permuting, blending, pairing

  private var network: Network {
    Network(
      graph: .mlp(inputShape: [7], hidden: [40, 24], classes: 3), initial: .uniform,
      from: RandomStream(seed: 2, name: "net"))
  }

  @Test func aGateThatIsStoppedLetsNothingThrough() throws {
    let before = network
    let order = NetworkPermutation(
      randomFor: before.graph, from: RandomStream(seed: 3, name: "order"))
    let gate = FunctionGate(for: before.graph)
    let failure = #expect(throws: Failure.self) {
      _ = try gate.permute(before, by: order, stop: self.raised)
    }
    #expect(failure?.code == .stopped)
    #expect(before == network)
    _ = try gate.permute(before, by: order, stop: StopSignal())
  }

  /// The order of an inner axis is taken number by number, that of the outer one by rows.
  @Test(arguments: [1, 3]) func piecesOfAPermutedArrayMeet(threads: Int) {
    // More than one piece on either axis.
    let tensor = Tensor(shape: [700, 900], values: numbers(630_000, "tensor"))
    let pool = WorkPool(threadCount: threads)
    for axis in 0..<2 {
      var stream = RandomStream(seed: 4, name: "axis \(axis)")
      let order = stream.nextOrder(count: tensor.shape[axis])
      let moved = tensor.gathered(.init(parameter: 0, axis: axis), from: order, pool: pool)
      let isRight = moved.withBuffer { new in
        tensor.withBuffer { old in
          new.indices.allSatisfy { place in
            let (row, column) = place.quotientAndRemainder(dividingBy: 900)
            return new[place]
              == (axis == 0 ? old[order[row] * 900 + column] : old[row * 900 + order[column]])
          }
        }
      }
      #expect(isRight)
    }
  }

  @Test func pairingEndsWhereItIsStopped() {
    let costs = Matrix(rows: 50, columns: 50, values: numbers(2500, "costs").map { Double($0) })
    let failure = #expect(throws: Failure.self) { _ = try greedyPairing(costs, stop: self.raised) }
    #expect(failure?.code == .stopped)
  }

  @Test func rowsAreFilledUntilTheStop() {
    var matrix = Matrix(rows: 500, columns: 3)
    let stop = StopSignal()
    matrix.fillRows(pool: WorkPool(threadCount: 1), stop: stop) { row, values in
      for column in values.indices { values[column] = 1 }
      if row == 70 { stop.raise() }
    }
    #expect(matrix.values.reduce(0, +) == 3 * 71)
  }

  // MARK: - Drawing

  @Test(arguments: MadeProblem.Rule.allCases) func drawingEndsWhereItIsStopped(
    rule: MadeProblem.Rule
  ) {
    let failure = #expect(throws: Failure.self) {
      _ = try MadeProblem(rule).draw(
        from: RandomStream(seed: 1, name: "problem"), stop: self.raised)
    }
    #expect(failure?.code == .stopped)
  }

  /// Samples are drawn in blocks on any thread, and are what one run over the stream gives.
  @Test(arguments: [1, 2, 4]) func drawnSamplesAreThoseOfOneStream(threads: Int) throws {
    var problem = MadeProblem(.blobs)
    (problem.classCount, problem.dimension) = (3, 7)
    (problem.sampleCount, problem.testCount) = (9001, 5)
    let stream = RandomStream(seed: 5, name: "problem")
    let drawn = try problem.draw(from: stream, pool: WorkPool(threadCount: threads)).train
    var rule = stream.child("rule")
    let centres = rule.nextNormals(count: 21)
    var samples = stream.child("train")
    let expected = samples.nextNormals(count: 9001 * 7).enumerated().map { place, value in
      Float(centres[place / 7 % 3 * 7 + place % 7] + problem.noise * value)
    }
    #expect(drawn.inputs.values == expected)
  }

  // MARK: - Files

  private func content(of folder: TestFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func writingThatIsStoppedLeavesTheOldFile() throws {
    let folder = try TestFolder()
    let path = folder.file("a")
    try SafeWrite.text("old", to: path)
    // At a piece in the middle, and after the last one, while the disk is waited for.
    for pieces in [1, 3] {
      let stop = StopSignal()
      var count = 0
      let failure = #expect(throws: Failure.self) {
        try SafeWrite.file(at: path, stop: stop) { (writer) throws(Failure) in
          for piece in 0..<3 {
            try writer.write([UInt8](repeating: 1, count: 2 << 20))
            count += 1
            if piece == pieces - 1 { stop.raise() }
          }
        }
      }
      #expect(failure?.code == .stopped)
      #expect(count == pieces)
      #expect(try FileContent.read(path) == Array("old".utf8))
      #expect(try content(of: folder) == ["a"])
    }
  }

  @Test(arguments: [ArrayFile.Format.hdf5, .npz, .safetensors])
  func networksThatAreStoppedOnTheirWayToAFileLeaveTheOldOne(format: ArrayFile.Format) throws {
    let folder = try TestFolder()
    let path = folder.file("net")
    try NetworkFile.write([network], to: path, format: format)
    let before = try FileContent.read(path)
    let failure = #expect(throws: Failure.self) {
      try NetworkFile.write(
        [self.network, self.network], to: path, format: format, stop: self.raised)
    }
    #expect(failure?.code == .stopped)
    #expect(try FileContent.read(path) == before)
    #expect(try content(of: folder) == ["net"])
    let reading = #expect(throws: Failure.self) {
      _ = try NetworkFile.read(path, stop: self.raised)
    }
    #expect(reading?.code == .stopped)
    #expect(try NetworkFile.read(path)[0].parameters == network.parameters)
  }

  @Test func hashingAFileEndsWhereItIsStopped() throws {
    let folder = try TestFolder()
    try SafeWrite.text("text", to: folder.file("a"))
    let failure = #expect(throws: Failure.self) {
      _ = try ContentHash(ofFileAt: folder.file("a"), stop: self.raised)
    }
    #expect(failure?.code == .stopped)
  }
}

import CVector
import TestSupport
import Testing

@testable import Kernel

@Suite struct PoolingTests {
  // A NaN was seen only in the first place of a window.
  @Test(arguments: 0..<9) func whatIsNoNumberIsTheLargestWhereverItStands(place: Int) throws {
    for (size, stride) in [(2, 2), (3, 3)] where place < size * size {
      let graph = Graph(nodes: [
        .init("input", .input(shape: [1, size, 2 * size]), inputs: []),
        .init("pool", .maxPool(PoolingWindow(size: size, stride: stride)), inputs: [0]),
        .init("flatten", .flatten, inputs: [1]), .init("fc", .linear(outputs: 2), inputs: [2]),
      ])
      var image = (0..<2 * size * size).map { Float($0) }
      image[place / size * 2 * size + place % size] = .nan
      let workspace = Workspace(graph: graph, capacity: 1)
      let weights = ParameterBuffer(graph: graph)
      image.withUnsafeBufferPointer { image in
        guard let image = image.baseAddress else { return }
        _ = workspace.forward(weights, input: image, count: 1)
        #expect(workspace.value(of: 1)[0].isNaN)
        #expect(workspace.value(of: 1)[1] == Float(2 * size * size - 1))
      }
    }
  }

  /// Its gradient goes to it, of several to the last; of equal numbers to the first.
  @Test func gradientsGoToWhatIsNoNumber() {
    let windows = basin_windows(
      height: 2, width: 2, out_height: 1, out_width: 1, size: 2, stride: 2, padding: 0)
    for (image, expected) in [
      ([1, .nan, 3, 2], 1), ([.nan, 5, .nan, 2], 2), ([4, 4, 1, 4], 0), ([1, 2, 3, 4], 3),
    ] as [([Float], Int)] {
      var gradient = [Float](repeating: 0, count: 4)
      withUnsafePointer(to: windows) {
        basin_max_pool_backward(&gradient, [1], image, $0, 1)
      }
      #expect(gradient.firstIndex(of: 1) == expected)
    }
  }
}

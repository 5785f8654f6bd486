import ArgumentParser
import Kernel

/// Computes logits of a file's network: `basin-bench logits NET INPUTS.npz OUT.npz`.
///
/// `benchmarks/pytorch_models.py` compares them with PyTorch's.
struct Logits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the logits of a network, and the network in other formats.")

  @Argument(help: "The network: a file of ours or a state dictionary.")
  var network: String

  @Argument(help: "A file of arrays with `inputs`.")
  var inputs: String

  @Argument(help: "The file for `logits`.")
  var output: String

  @Option(help: "Files to write the network to, in the format of their endings.")
  var save: [String] = []

  func run() throws {
    let array = try ArrayFile.read(inputs).array("inputs")
    let network = try NetworkFile.read(network, inputShape: Array(array.shape.dropFirst()))[0]
    let data = DataSet(
      name: "inputs", inputs: Tensor(shape: array.shape, values: array.floats),
      labels: [UInt8](repeating: 0, count: array.shape[0]), classCount: network.graph.classCount)
    let logits = try network.logits(on: data)
    let result = NamedArray(name: "logits", shape: logits.shape, floats: logits.values)
    try ArrayFile(arrays: [result]).write(to: output)
    for path in save { try NetworkFile.write([network], to: path) }
  }
}

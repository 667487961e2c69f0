// Package export_sandpiper_inference_prediction compares two pictures: each through the graph, and how alike that finds
// them. Its name is the one that the generated exports call.
package export_sandpiper_inference_prediction

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	failures "wit_component/sandpiper_inference_failures"
	. "wit_component/sandpiper_inference_prediction"
	values "wit_component/sandpiper_inference_values"
	"wit_component/wasi_config_store"
	"wit_component/wasi_logging_logging"
	"wit_component/wasi_nn_errors"
	"wit_component/wasi_nn_graph"
	"wit_component/wasi_nn_tensor"

	. "go.bytecodealliance.org/pkg/wit/types"
)

const channels = 3

// The host holds every answer to it, and shows it to clients.
const comparisonSchema = `{
  "type": "object",
  "properties": {
    "similarity": { "type": "number", "minimum": -1, "maximum": 1 },
    "same": { "type": "boolean" }
  },
  "required": ["similarity", "same"]
}`

type comparison struct {
	Similarity float64 `json:"similarity"`
	Same       bool    `json:"same"`
}

// The configuration of model.json. The first failure ends the reading of the others.
type config struct {
	width, height uint32
	mean, std     [channels]float64
	input, output string
	failure       *Failure
}

func readConfig() *config {
	c := &config{}
	c.width = uint32(c.number("width", 224))
	c.height = uint32(c.number("height", 224))
	c.mean = c.perChannel("mean", "0")
	c.std = c.perChannel("std", "1")
	c.input = text("input", "input")
	c.output = text("output", "")
	return c
}

func text(key, fallback string) string {
	found := wasi_config_store.Get(key)
	if found.IsErr() {
		return fallback
	}
	return found.Ok().SomeOr(fallback)
}

func (c *config) parse(key, value string) float64 {
	number, err := strconv.ParseFloat(value, 64)
	if err != nil && c.failure == nil {
		c.failure = internal("config key %q is %q, but must be a number", key, value)
	}
	return number
}

func (c *config) number(key string, fallback int) float64 {
	return c.parse(key, text(key, strconv.Itoa(fallback)))
}

// One number for all channels, or one for each with commas between.
func (c *config) perChannel(key, fallback string) (numbers [channels]float64) {
	parts := strings.Split(text(key, fallback), ",")
	for channel := range numbers {
		numbers[channel] = c.parse(key, parts[min(channel, len(parts)-1)])
	}
	return numbers
}

func internal(format string, values ...any) *Failure {
	failure := failures.MakeFailureInternal(fmt.Sprintf(format, values...))
	return &failure
}

func inference(err *wasi_nn_errors.Error) *Failure {
	failure := failures.MakeFailureInference(failures.InferenceFailure{Code: err.Code(), Message: err.Data()})
	return &failure
}

// Row by row RGB bytes to planes of (pixel - mean) / std, as little-endian FP32.
func normalise(pixels []uint8, c *config) *wasi_nn_tensor.Tensor {
	planes := make([]byte, 0, len(pixels)*4)
	for channel := range channels {
		var steps [256]uint32
		for value := range steps {
			steps[value] = math.Float32bits(float32((float64(value) - c.mean[channel]) / c.std[channel]))
		}
		for pixel := channel; pixel < len(pixels); pixel += channels {
			planes = binary.LittleEndian.AppendUint32(planes, steps[pixels[pixel]])
		}
	}
	dimensions := []uint32{1, channels, c.height, c.width}
	return wasi_nn_tensor.MakeTensor(dimensions, wasi_nn_tensor.TensorType_Fp32, planes)
}

// What the graph gives for a picture, as little-endian FP32.
func features(picture Picture, c *config) ([]byte, *Failure) {
	if picture.Width != c.width || picture.Height != c.height {
		return nil, internal("the picture is %d x %d", picture.Width, picture.Height)
	}
	graph := wasi_nn_graph.LoadByName("model")
	if graph.IsErr() {
		return nil, inference(graph.Err())
	}
	context := graph.Ok().InitExecutionContext()
	if context.IsErr() {
		return nil, inference(context.Err())
	}
	inputs := []Tuple2[string, *wasi_nn_tensor.Tensor]{{F0: c.input, F1: normalise(picture.Pixels, c)}}
	outputs := context.Ok().Compute(inputs)
	if outputs.IsErr() {
		return nil, inference(outputs.Err())
	}
	for _, output := range outputs.Ok() {
		if c.output == "" || c.output == output.F0 {
			return output.F1.Data(), nil
		}
	}
	return nil, internal("the graph has no output %q", c.output)
}

// From -1 to 1, at which both point the same way.
func cosine(a, b []byte) float64 {
	var product, squareA, squareB float64
	for at := 0; at < len(a); at += 4 {
		x := float64(math.Float32frombits(binary.LittleEndian.Uint32(a[at:])))
		y := float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at:])))
		product, squareA, squareB = product+x*y, squareA+x*x, squareB+y*y
	}
	length := math.Sqrt(squareA * squareB)
	if length == 0 {
		return 0
	}
	return max(-1, min(1, product/length))
}

func Describe() Result[Description, Failure] {
	c := readConfig()
	if c.failure != nil {
		return Err[Description](*c.failure)
	}
	picture := func(name, description string) Input {
		size := MakePictureSizeExact(ExactSize{Width: c.width, Height: c.height, Fit: Fit_Crop})
		kind := PictureInput{Size: size, Filter: Filter_Bilinear, Format: values.PixelFormat_Rgb8}
		return Input{Name: name, Description: description, Kind: MakeInputKindPicture(kind)}
	}
	threshold := NumberRange{Minimum: Some(-1.0), Maximum: Some(1.0), Default: Some(0.8)}
	both := TensorPort{ElementType: values.ElementType_Float32, Shape: []Option[uint32]{Some[uint32](2), None[uint32]()}}
	return Ok[Description, Failure](Description{
		Inputs: []Input{
			picture("first", "One picture."),
			picture("second", "The picture that it is compared with."),
		},
		Parameters: []Parameter{{
			Name:        "threshold",
			Description: "The similarity from which on both count as the same.",
			Kind:        MakeParameterKindNumber(threshold),
		}},
		Outputs: []Output{{
			Name:        "comparison",
			Description: "How alike both pictures are.",
			Kind:        MakeOutputKindJson(Some(comparisonSchema)),
		}, {
			Name:        "features",
			Description: "What the graph gave for each.",
			Kind:        MakeOutputKindTensor(both),
		}},
	})
}

func Predict(request Request) Result[[]NamedOutput, Failure] {
	c := readConfig()
	if c.failure != nil {
		return Err[[]NamedOutput](*c.failure)
	}
	// Both are required, so that they come, and in the order of the description.
	first, failure := features(request.Inputs[0].Value.Picture(), c)
	if failure != nil {
		return Err[[]NamedOutput](*failure)
	}
	second, failure := features(request.Inputs[1].Value.Picture(), c)
	if failure != nil {
		return Err[[]NamedOutput](*failure)
	}
	similarity := cosine(first, second)
	same := similarity >= request.Parameters[0].Value.Number()
	text, err := json.Marshal(comparison{similarity, same})
	if err != nil {
		return Err[[]NamedOutput](*internal("%v", err))
	}
	wasi_logging_logging.Log(wasi_logging_logging.Level_Debug, "predict", string(text))
	tensor := values.Tensor{
		ElementType: values.ElementType_Float32,
		Shape:       []uint32{2, uint32(len(first) / 4)},
		Data:        append(first, second...),
	}
	return Ok[[]NamedOutput, Failure]([]NamedOutput{
		{Name: "comparison", Value: values.MakeOutputValueJson(string(text))},
		{Name: "features", Value: values.MakeOutputValueTensor(tensor)},
	})
}

module wit_component/export_sandpiper_inference_prediction

go 1.24

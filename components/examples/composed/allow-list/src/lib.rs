//! Middleware: all of wasi:nn, as a guest sees it, over all of wasi:nn, as the host gives it. A graph is had by its
//! name if the list under `allowed-graphs` in the configuration has that name, and never from bytes.

mod bindings;

use bindings::exports::wasi::nn::{errors, graph, inference, tensor};
use bindings::wasi::config::store;
use bindings::wasi::logging::logging::{log, Level};
use bindings::wasi::nn as host;

/// An error of the host, or one of ours.
enum Error {
    Host(host::errors::Error),
    Refused(String),
}

struct Tensor(host::tensor::Tensor);
struct Graph(host::graph::Graph);
struct Context(host::inference::GraphExecutionContext);

fn to_guest(error: host::errors::Error) -> errors::Error {
    errors::Error::new(Error::Host(error))
}

fn refused(what: String) -> errors::Error {
    log(Level::Warn, "allow-list", &what);
    errors::Error::new(Error::Refused(what))
}

impl errors::GuestError for Error {
    fn code(&self) -> errors::ErrorCode {
        match self {
            // The cases of both are those of wasi:nn, in its order.
            Error::Host(error) => unsafe { std::mem::transmute(error.code()) },
            Error::Refused(_) => errors::ErrorCode::Security,
        }
    }

    fn data(&self) -> String {
        match self {
            Error::Host(error) => error.data(),
            Error::Refused(what) => what.clone(),
        }
    }
}

impl tensor::GuestTensor for Tensor {
    fn new(dimensions: Vec<u32>, ty: tensor::TensorType, data: Vec<u8>) -> Self {
        // As above: the same cases in the same order.
        let ty: host::tensor::TensorType = unsafe { std::mem::transmute(ty) };
        Tensor(host::tensor::Tensor::new(&dimensions, ty, &data))
    }

    fn dimensions(&self) -> Vec<u32> {
        self.0.dimensions()
    }

    fn ty(&self) -> tensor::TensorType {
        unsafe { std::mem::transmute(self.0.ty()) }
    }

    fn data(&self) -> Vec<u8> {
        self.0.data()
    }
}

impl inference::GuestGraphExecutionContext for Context {
    fn compute(
        &self,
        inputs: Vec<(String, tensor::Tensor)>,
    ) -> Result<Vec<(String, tensor::Tensor)>, errors::Error> {
        let inputs = inputs.into_iter().map(|(name, tensor)| (name, tensor.into_inner::<Tensor>().0)).collect();
        let outputs = self.0.compute(inputs).map_err(to_guest)?;
        Ok(outputs.into_iter().map(|(name, output)| (name, tensor::Tensor::new(Tensor(output)))).collect())
    }
}

impl graph::GuestGraph for Graph {
    fn init_execution_context(&self) -> Result<inference::GraphExecutionContext, errors::Error> {
        let context = self.0.init_execution_context().map_err(to_guest)?;
        Ok(inference::GraphExecutionContext::new(Context(context)))
    }
}

struct AllowList;

impl errors::Guest for AllowList {
    type Error = Error;
}

impl tensor::Guest for AllowList {
    type Tensor = Tensor;
}

impl inference::Guest for AllowList {
    type GraphExecutionContext = Context;
}

impl graph::Guest for AllowList {
    type Graph = Graph;

    fn load(
        _: Vec<Vec<u8>>,
        _: graph::GraphEncoding,
        _: graph::ExecutionTarget,
    ) -> Result<graph::Graph, errors::Error> {
        Err(refused("no graph is loaded from bytes".into()))
    }

    fn load_by_name(name: String) -> Result<graph::Graph, errors::Error> {
        let allowed = store::get("allowed-graphs").ok().flatten().unwrap_or_default();
        if !allowed.split(',').any(|each| each.trim() == name) {
            return Err(refused(format!("the graph \"{name}\" is not on the list")));
        }
        Ok(graph::Graph::new(Graph(host::graph::load_by_name(&name).map_err(to_guest)?)))
    }
}

bindings::export!(AllowList with_types_in bindings);

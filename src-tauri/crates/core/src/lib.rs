//! The pure domain: values, records, mapping, matching, plan, job states, error codes and ports.

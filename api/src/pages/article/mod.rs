//! The shop's articles as everybody reads them: the pages that search engines may keep.

mod linked_data;
mod list;
mod show;

pub(crate) use list::{__path_list, list};
pub(crate) use show::{__path_show, show};

"""Whether the box is well: one question a file in `checks/`, asked together by `renkei doctor`."""

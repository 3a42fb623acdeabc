"""Results to standings of pupils, classes, schools and regions; index profiles; boards."""

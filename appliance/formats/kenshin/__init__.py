"""特定健診 (the ministry's XML of checkup results, a CDA document) to documents."""

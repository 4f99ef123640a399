from diffumin_tf.layers import CoAction, FeatureEmbedding, PredictionTower
from diffumin_tf.models import CAN, DIN
from diffumin_tf.training.model_size import model_size

ROWS, DIM, FIELDS = 30, 2, 2
SHAPES = {"history": (None, 8, FIELDS), "target": (None, FIELDS), "other": (None, 1)}


def built(model):
    model.build(SHAPES)
    return model


def test_by_hand():
    embedding = FeatureEmbedding(ROWS, DIM, admission_count=2)
    model = built(DIN(embedding, tower=PredictionTower((3,)), short_term_length=3))
    size = model_size(model)
    # Sightings are counted by training, not trained.
    assert size["tables"] == ROWS * DIM
    everything = sum(v.numpy().size for v in model.trainable_variables)
    assert size["others"] == everything - ROWS * DIM > 0


def test_tables_beside_the_embedding_table_are_tables():
    co_action = CoAction(3, (3, 2))
    model = built(CAN(FeatureEmbedding(ROWS, DIM), co_action, short_term_length=3))
    tables = (model.embedding, *model.side_tables)
    assert len(tables) == 3
    widths = sum(table.embedding_dim for table in tables)
    assert model_size(model)["tables"] == ROWS * widths

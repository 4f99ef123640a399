"""The layers of the models, backend-independent: they need Keras alone."""

from diffumin_tf.layers.attention import Attention
from diffumin_tf.layers.channel_per_field import ChannelPerField
from diffumin_tf.layers.co_action import CoAction
from diffumin_tf.layers.contrastive_calibrator import ContrastiveCalibrator
from diffumin_tf.layers.denoiser import Denoiser
from diffumin_tf.layers.dice import Dice
from diffumin_tf.layers.diffusion_generator import DiffusionGenerator
from diffumin_tf.layers.din_attention import DINAttention
from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.layers.guided_transformer import GuidedTransformer
from diffumin_tf.layers.hash_pooling import HashPooling
from diffumin_tf.layers.hash_search import HashSearch
from diffumin_tf.layers.interest_vae import InterestVAE
from diffumin_tf.layers.noise_schedule import NoiseSchedule
from diffumin_tf.layers.omie_layer import OMIELayer
from diffumin_tf.layers.prediction_tower import PredictionTower
from diffumin_tf.layers.sim_hash import SimHash
from diffumin_tf.layers.soft_search import SoftSearch
from diffumin_tf.layers.step_embedding import StepEmbedding
from diffumin_tf.layers.target_attention import TargetAttention
from diffumin_tf.layers.temporal_interest import TemporalInterest
from diffumin_tf.layers.time_gap_embedding import TimeGapEmbedding
from diffumin_tf.layers.transformer_block import TransformerBlock
from diffumin_tf.layers.transformer_encoder import TransformerEncoder
from diffumin_tf.layers.twin_attention import TWINAttention

__all__ = [
    "Attention",
    "ChannelPerField",
    "CoAction",
    "ContrastiveCalibrator",
    "DINAttention",
    "Denoiser",
    "Dice",
    "DiffusionGenerator",
    "FeatureEmbedding",
    "GuidedTransformer",
    "HashPooling",
    "HashSearch",
    "InterestVAE",
    "NoiseSchedule",
    "OMIELayer",
    "PredictionTower",
    "SimHash",
    "SoftSearch",
    "StepEmbedding",
    "TWINAttention",
    "TargetAttention",
    "TemporalInterest",
    "TimeGapEmbedding",
    "TransformerBlock",
    "TransformerEncoder",
]
